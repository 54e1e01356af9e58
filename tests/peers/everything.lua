-- The orderd of the foreign peers' tests: it serves everything.idl, and calls others that do.

return {
    -- Attributes live in the memory of one Lua state, so there is one worker.
    workers = 1,

    http = { listen = "127.0.0.1:0" },
    bus = { publish = "127.0.0.1:0", subscribe = {} },
    orb = {
        listen = "127.0.0.1:0",
        idl = { "tests/peers/idl", "/usr/share/idl/omniORB/COS" }, -- CosNaming, as its authors have it
        naming = true,
    },
    store = false,
    scripts = { dir = "tests/peers/scripts" },
    log = { level = "warning" },
}
