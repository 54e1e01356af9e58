-- The configuration of orderd: a Lua table, run once at start without any library. Every setting
-- stands here with its default; one that is left out has it too, but for those under `settings`: what
-- the scripts do without one is told in docs/SCRIPTING.md. Where a variable is named, the environment
-- overrides the file. Paths are relative to the directory that orderd is started in. `orderd --check
-- -c FILE` says whether a file is good, and `orderd --help` prints the limits of each setting.

return {
    -- Where the service keeps its files: the store, the control socket, the keys.
    -- Variable: ORDERD_STATE_DIR
    state_dir = "var",

    -- Threads that answer requests; 0 takes one for each processor. Variable: ORDERD_WORKERS
    workers = 0,

    http = {
        -- Where HTTP is served; port 0 takes a free one. Variable: ORDERD_HTTP
        listen = "127.0.0.1:8080",

        -- The longest request line and header together, the most header fields, the longest body.
        header_bytes = 16384,
        header_count = 100,
        body_bytes = 1048576,

        -- All bodies together that one worker holds at a time; the request that brings more is
        -- answered 503. At least body_bytes.
        bodies_bytes = 67108864,

        -- Connections of one worker at a time; one more is answered 503 and closed.
        connections = 10000,

        -- The longest that a client may take to send the whole header and the whole body, to send
        -- its next request, and to take something of an answer that waits for it.
        header_seconds = 10,
        body_seconds = 30,
        idle_seconds = 60,
        write_seconds = 30,
    },

    -- The object broker (CORBA): what is served to others, and how others are called.
    orb = {
        -- Where objects are served (IIOP); port 0 takes a free one. Variable: ORDERD_IIOP
        listen = "127.0.0.1:2810",

        -- What references say where clients reach the service under another address.
        -- Variable: ORDERD_IIOP_PUBLIC
        -- public = "orders.example.org:2810",

        -- Where IDL files are looked for.
        idl = { "bindings/idl" },

        -- Whether this service is a naming service, too (CosNaming, key NameService). Whoever
        -- reaches the address above can bind names then.
        naming = false,

        -- What one message may be: its bytes, all fragments together; one string; types in types
        -- and values in values; types in all anys; profiles of a reference; service contexts.
        message_bytes = 1048576,
        string_bytes = 1048576,
        typecode_depth = 32,
        typecode_nodes = 4096,
        value_depth = 64,
        profiles = 16,
        contexts = 32,

        -- Messages that have come in part: bytes of one connection and of all of one thread, and
        -- how many on one connection.
        reassembly_bytes = 4194304,
        reassembly_total_bytes = 67108864,
        partial_messages = 16,

        -- Messages longer than this are sent in fragments.
        fragment_bytes = 65536,

        -- Clients of one worker: connections; requests under way on one connection and in all;
        -- replies that one has not taken (and requests that a peer has not).
        connections = 10000,
        pipelined = 100,
        requests = 10000,
        unsent_bytes = 8388608,

        -- The longest that a message may take to come, that a connection may be without requests,
        -- and that the other side may take nothing of what waits for it.
        message_seconds = 10,
        idle_seconds = 300,
        write_seconds = 30,

        -- Calls to others: the longest that one may take where the script does not say, and that
        -- connecting may take; how long a connection is kept without calls, and the longest that a
        -- peer which is down is left alone before it is tried again.
        call_seconds = 5,
        connect_seconds = 2,
        peer_idle_seconds = 60,
        backoff_seconds = 10,

        -- Connections to peers of one thread, calls under way on one, forwards of one call, and the
        -- time-outs in a row after which a peer is left alone for a while (0: never).
        peers = 100,
        calls = 1000,
        forwards = 8,
        timeouts = 5,

        -- How objects are named in calls: key, profile or reference.
        target = "key",
    },

    bus = {
        -- Where events are published (ZeroMQ PUB); port 0 takes a free one. Of several processes that
        -- share a store one publishes at a time: subscribers connect to each. Variable: ORDERD_PUB
        publish = "127.0.0.1:5556",

        -- Where stored events are asked for again, and where other services send theirs in and are
        -- told that they are stored (docs/EVENTS.md). Variables: ORDERD_REPLAY, ORDERD_INGEST
        replay = "127.0.0.1:5557",
        ingest = "127.0.0.1:5558",

        -- Where other services publish theirs. Variable: ORDERD_SUBSCRIBE, separated by commas
        subscribe = { "tcp://127.0.0.1:6556" },

        -- Messages that a subscriber may lag behind before its next ones are dropped. It finds out
        -- by the positions, and asks for what it has missed at the replay address.
        high_water_mark = 10000,

        -- How often a stream without events says where it stands; only the process that publishes
        -- does.
        heartbeat_seconds = 1,

        -- How often ZeroMQ asks a silent connection for a sign of life, and how long it waits.
        ping_seconds = 5,
        ping_timeout_seconds = 15,

        -- Connections to each address at a time; one more waits until there is room.
        connections = 1000,

        -- The longest message that another service may send; one that sends more is cut off.
        message_bytes = 262144,

        -- Replays under way at a time, those of one client (a key, or, without curve, a connection),
        -- events of one that may be on their way, and how long one waits for credit.
        replays = 64,
        client_replays = 16,
        replay_credit = 10000,
        replay_idle_seconds = 60,

        -- Messages of other services that may wait for the store: of those that are sent in, and of
        -- those that are published.
        ingest_pending = 1000,

        -- Where only some topics are published, for clients that may not read the others: beginnings
        -- of topics by address.
        -- feeds = { ["127.0.0.1:5559"] = { "order.created", "order.completed" } },

        -- Whether connections to the service are encrypted (CURVE) and only known clients let in
        -- (docs/EVENTS.md, "Who may"). `orderctl keys curve` makes the service's own key pair,
        -- `orderctl keys client` puts a client into the list, which is read again on reload.
        -- Variables: ORDERD_CURVE_KEY, ORDERD_CLIENTS
        curve = false,
        -- curve_key = "var/curve.key",
        -- clients = "var/clients.json",

        -- Without curve, sockets are bound to loopback only, unless everybody who reaches them may
        -- read every event and send in.
        open_to_all = false,
    },

    store = {
        -- Where orders are kept: a SQLite file, or a PostgreSQL database (docs/POSTGRESQL.md) with
        -- any options that libpq knows. A url with a password belongs into the variable.
        -- Default: orderd.db in the state directory. Variable: DATABASE_URL
        -- url = "sqlite:var/orderd.db",
        -- url = "postgres://orderd@db1.example.org,db2.example.org/orderd",

        -- The longest that a call to the store may take.
        deadline_seconds = 5,

        -- The most saves that share one transaction and one sync of the disk, and how many calls
        -- may wait for the store; one more is answered 503.
        group = 256,
        queue = 10000,

        -- How long a request that comes again under its Idempotency-Key gets its first answer.
        idempotency_seconds = 86400,

        -- How many days events are kept that every reader with a cursor (the publisher, the hooks) has
        -- read; 0 keeps them for ever. Orders are kept in any case.
        events_days = 0,

        -- How many days an event of another service is known again once it is handled, and how many
        -- days dead letters are kept; 0: for ever.
        inbound_days = 30,
        letters_days = 0,

        -- PostgreSQL only: connections of each worker (the first for reads, the others for writes),
        -- and the longest that an attempt to reach one host may take.
        connections = 2,
        connect_seconds = 2,

        -- PostgreSQL only: a second database for reads that only show and may lag behind: GETs of
        -- an order and of lists. What decides is never read there. Variable: DATABASE_REPLICA_URL
        -- replica = "postgres://orderd@replica.example.org/orderd",
    },

    scripts = {
        -- The scripts that decide: routes, use cases, policies, integrations, hooks.
        dir = "scripts",

        -- What scripts may take: memory of one thread's Lua state; instructions and time, waiting
        -- included, of one request or hook; requests and hooks under way in one thread; instructions
        -- of one policy.
        memory_mb = 64,
        instructions = 20000000,
        task_seconds = 30,
        tasks = 10000,
        policy_instructions = 200000,
    },

    identity = {
        -- The keys that tokens are signed with (a JWK set). Default: jwks.json in the state
        -- directory. Read again on reload. Variable: ORDERD_JWKS
        -- jwks = "var/jwks.json",

        -- What a token must say, and how far the clocks may be apart.
        issuer = "orderd",
        audience = "orderd",
        leeway_seconds = 30,

        -- What each role may do. A table here replaces all of them.
        roles = {
            customer = { "orders:create", "orders:read", "orders:cancel" },
            pharmacist = {
                "orders:create", "orders:read", "orders:read:any", "orders:update",
                "orders:cancel", "orders:cancel:any",
            },
            admin = {
                "orders:create", "orders:read", "orders:read:any", "orders:update",
                "orders:cancel", "orders:cancel:any", "ops:admin",
            },
        },
    },

    log = {
        -- debug, info, warning or error. Variable: ORDERD_LOG_LEVEL
        level = "info",

        -- logfmt, json, or auto: logfmt on a terminal, json elsewhere. Variable: ORDERD_LOG_FORMAT
        format = "auto",

        -- Which requests get a line: errors (answered 5xx) or all.
        requests = "errors",
    },

    order = {
        -- The currency of every order (ISO 4217).
        currency = "USD",
    },

    -- The services that this one calls: by a reference (corbaloc, corbaname, IOR) over IIOP, or by a
    -- URL (http, https) with JSON.
    integrations = {
        inventory = {
            -- Variable: ORDERD_INVENTORY_URL
            url = "corbaloc:iiop:127.0.0.1:2811/Inventory",
            timeout_seconds = 2,

            -- Ask for stock before an order is taken.
            stock_check = true,
        },

        products = {
            -- Variable: ORDERD_PRODUCTS_URL
            url = "corbaloc:iiop:127.0.0.1:2811/Products",
            timeout_seconds = 2,

            -- How long a product stays known.
            cache_seconds = 5,
        },

        auth = {
            -- Variable: ORDERD_AUTH_URL
            url = "corbaloc:iiop:127.0.0.1:2811/Auth",
            timeout_seconds = 2,
        },
    },

    -- What the scripts themselves want to know. The service hands it on as it is.
    settings = {
        -- Who says who calls: "jwt", the signed token itself; "service", the Auth service.
        identity = "jwt",

        -- How long a session at the Gateway lives; never longer than the token that it was got for.
        session_seconds = 3600,

        -- What is done about orders that the Inventory has not answered for.
        release = {
            -- How old such an order is when the Inventory is asked again, and how often it is; and the
            -- most orders that it is asked for again in a second.
            ask_again_seconds = 30,
            ask_again_per_second = 100,

            -- When people are told of it, and when it is cancelled: what
            -- scripts/decisions/release_overdue.lua goes by.
            alert_seconds = 300,
            give_up_seconds = 3600,
        },

        -- What the policies go by.
        policies = {
            -- The most of a product in one order; a product that is not named here has no limit.
            quantity_limits = {
                ["0190a000-0000-7000-8000-000000000003"] = 2, -- Epinephrine auto-injector
                ["0190a000-0000-7000-8000-000000000006"] = 3, -- Oxycodone
            },

            -- Milligrams of pseudoephedrine base in one order.
            pseudoephedrine_mg = 3600,

            -- Orders of one customer that may be PENDING or CONFIRMED at a time, 1 to 100; without this
            -- there is no limit.
            open_orders = 50,
        },
    },
}
