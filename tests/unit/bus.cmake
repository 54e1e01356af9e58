orderd_unit_test(unit_bus_cloudevent SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/cloudevent.c ROOMS bus)
orderd_unit_test(unit_bus_guests SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/guests.c ROOMS bus)
orderd_unit_test(unit_bus_caller SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/caller.c ROOMS bus)
orderd_unit_test(unit_bus_inbound_message SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/inbound_message.c ROOMS bus store domain base)

# bus_test(SUBJECT PART...): bus/SUBJECT.c with the world, and the parts of it that it names.
function(bus_test subject)
    list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_LIST_DIR}/bus/)
    orderd_unit_test(unit_bus_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/${subject}.c ${CMAKE_CURRENT_LIST_DIR}/bus/world.c
                ${ARGN}
        ROOMS bus store domain base
        LIBRARIES PkgConfig::EVENT PkgConfig::ZMQ Threads::Threads)
endfunction()

bus_test(publish feed.c)
bus_test(lead feed.c late.c)
bus_test(subscribe desk.c)
bus_test(link)
bus_test(entrance)
bus_test(router)
bus_test(intake desk.c)
bus_test(ingest client.c desk.c)
bus_test(replay client.c)
bus_test(replay_late client.c late.c)
bus_test(replay_stream client.c stream.c)
bus_test(slow client.c stream.c)
bus_test(cursor late.c)
bus_test(dispatcher consumer.c)
bus_test(dispatcher_lead consumer.c late.c)
bus_test(inbox)
bus_test(redelivery)
bus_test(clients)
bus_test(curve_key)
bus_test(zap)
bus_test(curve client.c)
