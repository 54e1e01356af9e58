# What the Combat programs share: starting the ORB on the loopback only, and the printing of checks.

package require combat

# Combat would listen on every interface.
rename socket anywhere_socket
proc socket {args} {
    if {[lindex $args 0] eq "-server"} {
        set args [linsert $args 2 -myaddr 127.0.0.1]
    }
    return [uplevel 1 [list anywhere_socket {*}$args]]
}

# Runs a body as a check: what it raises makes it fail.
set failed 0
proc check {name body} {
    if {[catch {uplevel #0 $body} why]} {
        puts "not ok $name [string range $why 0 400]"
        set ::failed 1
    } else {
        puts "ok $name"
    }
}

proc expect {what expected got} {
    if {$expected ne $got} {
        error "$what: expected $expected got $got"
    }
}

# The exception that a body raises: its id and its members.
proc raised {body} {
    if {[catch {uplevel 1 $body} exception]} {
        return $exception
    }
    error "it raised nothing"
}

# Makes an object of a class, and gives its reference.
proc activate {object} {
    set poa [corba::resolve_initial_references RootPOA]
    set reference [$poa id_to_reference [$poa activate_object $object]]
    [$poa the_POAManager] activate
    return $reference
}
