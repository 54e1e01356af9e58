# Serves everything.idl with Combat: prints "Everybody REFERENCE", then "ready"; runs until it is
# killed. What Combat cannot serve (forwards, system exceptions, objects that
# are not there) is left out.
# Usage: everything_server.tcl REPOSITORY [-ORB...]

source [file join [file dirname [info script]] support.tcl]

corba::init -ORBServer -ORBHostName 127.0.0.1 {*}[lrange $argv 1 end]
source [lindex $argv 0]

itcl::class Everybody {
    inherit PortableServer::ServantBase
    public method _Interface {} {return IDL:test.orderd.org/Everything/Everybody:1.0}

    # Attributes are public variables.
    public variable note ""
    public variable count 5000000000
    public variable favourite GREEN
    public variable numbers {1 2 3 4}
    public variable drawing {name nothing fill RED outline {} \
        border {corners {{x 0 y 0} {x 0 y 0}} opacity o scale 0.0}}
    private variable log {}

    public method at_top {} {return top}
    public method at_left {} {return left}
    public method at_bottom {} {return bottom}
    public method at_right {other} {
        return "right of [expr {$other eq "0" ? "nobody" : [$other at_bottom]}]"
    }

    public method ping {} {}
    public method raise {which} {
        switch $which {
            plain {corba::throw {IDL:test.orderd.org/Everything/Plain:1.0 {}}}
            detailed {
                corba::throw {IDL:test.orderd.org/Everything/Detailed:1.0 \
                    {why because where {x -1 y 1} codes {4 2} more {long 77}}}
            }
            inner {
                corba::throw {IDL:test.orderd.org/Everything/Everybody/Inner:1.0 \
                    {what {key key value {string value}}}}
            }
        }
    }
    public method tell {text} {lappend log $text}
    public method told {} {
        set all $log
        set log {}
        return $all
    }
    public method characters {text} {return [string length $text]}
    public method character {code} {return [format %c $code]}
    public method wide_characters {text} {return [string length $text]}
    public method wide_character {code} {return [format %c $code]}
    public method wait {milliseconds} {
        after $milliseconds
        return $milliseconds
    }
    public method big {size} {
        set sevens ""
        for {set i 0} {$i < 256} {incr i} {
            append sevens [binary format c [expr {$i * 7 % 256}]]
        }
        return [string range [string repeat $sevens [expr {$size / 256 + 1}]] 0 $size-1]
    }
    public method weigh {data} {
        binary scan $data cu* octets
        return [tcl::mathop::+ {*}$octets]
    }
    public method many {count} {
        set texts {}
        for {set i 1} {$i <= $count} {incr i} {lappend texts "item $i"}
        return $texts
    }
    public method call_back {who text} {return [expr {[$who heard $text] + 1}]}
    public method note_back {who text} {$who noted $text}
    public method self {} {return $::everybody}
}

# Every echo: out and inout parameters come as names of variables.
foreach operation {
    short ushort long ulong longlong ulonglong float double longdouble boolean octet char wchar
    string wstring short_text short_wide_text any object top typecode colour point shape primitives
    wide keywords tree shorts longs few_longs booleans octets chars texts short_texts matrix shapes
    anys colours four grid pair line digest by_short by_ushort by_long by_ulong by_longlong
    by_ulonglong by_char by_boolean by_colour expression nested
} {
    itcl::class Echo_$operation [subst -nocommands {
        public method echo_$operation {value both copy} {
            upvar \$both inout \$copy out
            set out \$inout
            set inout \$value
            return \$value
        }
    }]
    lappend echoes Echo_$operation
}
itcl::class Served "inherit Everybody $echoes"

set everybody [activate [Served #auto]]
puts "Everybody [corba::object_to_string $everybody]"
puts ready
flush stdout
vwait forever
