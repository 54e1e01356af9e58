-- The demo peers: Inventory, Auth and Products as scripts in an orderd of their own, without orders.
-- tools/run starts it beside the service. What is left out has its default (see orderd.lua).

return {
    -- Variable: ORDERD_STATE_DIR
    state_dir = "var/demo",

    -- The stock lives in the memory of one Lua state, so there is one worker.
    workers = 1,

    -- Variable: ORDERD_HTTP
    http = { listen = "127.0.0.1:8090" },

    -- Variable: ORDERD_IIOP
    orb = { listen = "127.0.0.1:2811" },

    -- Variable: ORDERD_PUB. It listens to nobody.
    bus = { publish = "127.0.0.1:6556", subscribe = {} },

    store = false,

    -- The inventory's books take a million orders (scripts/demo/books.lua).
    scripts = { dir = "scripts/demo", memory_mb = 256, instructions = 100000000 },

    log = { level = "warning" },
}
