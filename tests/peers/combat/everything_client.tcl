# Calls an object of everything.idl with Combat and checks what comes back, one line for each check.
# Usage: everything_client.tcl REPOSITORY REFERENCE [ADDRESS]; targets are named by key (0), profile (1)
# or reference (2).

source [file join [file dirname [info script]] support.tcl]

lassign $argv repository reference address
corba::init -ORBServer -ORBHostName 127.0.0.1
source $repository
set peer [corba::string_to_object $reference]
if {$address ne ""} {
    # The object behind the command that a reference is.
    [lindex [info body $peer] 2] configure -AddressingDisposition $address
}

# What came in as value and both came back as result, inout and out.
proc echo {operation value both} {
    check $operation [list echoed $operation $value $both]
}
proc echoed {operation value both} {
    set inout $both
    expect result $value [$::peer $operation $value inout copy]
    expect inout $value $inout
    expect out $both $copy
}

# ---- types ----

check ping {$peer ping}
echo echo_short -32768 32767
echo echo_ushort 65535 0
echo echo_long -2147483648 2147483647
echo echo_ulong 4294967295 1
echo echo_longlong -9223372036854775808 9223372036854775807
echo echo_ulonglong 9007199254740993 0
echo echo_float -0.5 1024.0
echo echo_double 0.1 -1e+300
echo echo_boolean 1 0
echo echo_octet "\xff" a ;# one character
echo echo_char a ~
echo echo_string "hello, world" ""
# Beyond ASCII only wide: Combat agrees on UTF-8, and sends ISO-8859-1.
echo echo_wstring "w\u20ac\u6f22" ""
echo echo_wchar "\u20ac" w
echo echo_short_text 12345678 1
echo echo_colour BLUE RED
echo echo_point {x -1 y 2147483647} {x 0 y 0}

set shape {name a fill GREEN outline {{x 0 y 0} {x 1 y -1}}}
append shape { border {corners {{x -1 y -2} {x 3 y 4}} opacity o scale -0.5}}
echo echo_shape $shape $shape
echo echo_tree [list label root branches \
    {{label a branches {{label b branches {}}}} {label c branches {}}}] {label leaf branches {}}

echo echo_shorts {-1 2 3} {}
echo echo_few_longs {1 2 3 4 5 6 7 8} {}
echo echo_octets "\x00\xff\n\x00" ""
echo echo_texts {one {} three} {}
echo echo_matrix {{0.5 -1.0} {} 3.0} {}
echo echo_colours {BLUE RED} {}
echo echo_grid {{1 2 3} {4 5 6}} {{0 0 7} {0 0 0}}
echo echo_pair {first {}} {{} other}

echo echo_by_short {-1 minus} {2 {x 5 y 6}}
echo echo_by_ushort {65535 0.25} {7 9}
echo echo_by_char [list z $shape] {c text}
echo echo_by_boolean {1 yes} {0 1}
echo echo_by_colour {BLUE {{1 2 3} {4 5 6}}} {RED 5}
echo echo_expression {+ {{- {{n 7.0}}} {n 1.0}}} {n 0.5}

echo echo_any {string text} {long -5}
echo echo_any {{sequence long} {1 2 3}} {boolean 1}
echo echo_any {any {any {double 0.5}}} {char x}
echo echo_anys {{short 1} {string two} {{long long} 3}} {}
echo echo_typecode {sequence long} {unsigned long}

# Combat's own long double: what it gets has to be what it would have sent.
check echo_longdouble {
    set both -0.5
    set result [$peer echo_longdouble 1024.25 both copy]
    expect result 1024.25 $result
    expect inout 1024.25 $both
    expect out -0.5 $copy
}

# ---- objects ----

check "inherited operations" {
    expect top top [$peer at_top]
    expect left left [$peer at_left]
    expect bottom bottom [$peer at_bottom]
    expect right "right of bottom" [$peer at_right $peer]
    expect "right of nil" "right of nobody" [$peer at_right 0]
}

check attributes {
    $peer note noted
    expect note noted [$peer note]
    expect count 5000000000 [$peer count]
    expect favourite GREEN [$peer favourite]
    $peer numbers {4 3 2 1}
    expect numbers {4 3 2 1} [$peer numbers]
    $peer drawing $shape
    expect drawing $shape [$peer drawing]
}

check _is_a {
    expect Top 1 [$peer _is_a IDL:test.orderd.org/Everything/Top:1.0]
    expect Listener 0 [$peer _is_a IDL:test.orderd.org/Everything/Listener:1.0]
}

check self {
    set self [$peer self]
    expect "the same object" 1 [$self _is_equivalent $peer]
    expect _non_existent 0 [$self _non_existent]
}

# ---- exceptions ----

check "plain exception" {
    set exception [raised {$peer raise plain}]
    expect id IDL:test.orderd.org/Everything/Plain:1.0 [lindex $exception 0]
}

check "exception with members" {
    lassign [raised {$peer raise detailed}] id members
    expect id IDL:test.orderd.org/Everything/Detailed:1.0 $id
    expect members {why because where {x -1 y 1} codes {4 2} more {long 77}} $members
}

check "system exception" {
    lassign [raised {$peer raise system}] id members
    expect id IDL:omg.org/CORBA/NO_PERMISSION:1.0 $id
    expect minor 1234 [dict get $members minor_code_value]
}

# ---- traffic ----

check oneways {
    $peer told
    for {set i 0} {$i < 20} {incr i} {
        $peer tell $i
    }
    for {set told 0; set tries 0} {$told < 20 && $tries < 500} {incr tries} {
        incr told [llength [$peer told]]
        if {$told < 20} {after 10}
    }
    expect told 20 $told
}

foreach size {0 8000 70000} {
    check "big reply of $size" {
        set data [$peer big $size]
        expect length $size [string length $data]
    }
    check "big request of $size" {
        expect sum [expr {$size * 3}] [$peer weigh [string repeat \x03 $size]]
    }
}

itcl::class Listener {
    inherit PortableServer::ServantBase
    public variable text ""
    public method _Interface {} {return IDL:test.orderd.org/Everything/Listener:1.0}
    public method heard {text} {return [string length $text]}
    public method noted {what} {set text $what}
}

check callback {
    set servant [Listener #auto]
    set listener [activate $servant]
    expect heard 6 [$peer call_back $listener heard]
    $peer note_back $listener note
    for {set tries 0} {[$servant cget -text] ne "note" && $tries < 500} {incr tries} {
        after 10 {set ::ticked 1}
        vwait ::ticked
    }
    expect noted note [$servant cget -text]
}

exit $failed
