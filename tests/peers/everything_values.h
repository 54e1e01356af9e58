// The values that the omniORB client sends, and what any value is in CDR, to compare by.
#ifndef PEERS_EVERYTHING_VALUES_H
#define PEERS_EVERYTHING_VALUES_H

#include "omni.h"

// ---- any value in CDR ----

inline void put(cdrStream &s, bool value)
{
    s.marshalBoolean(value);
}
inline void put(cdrStream &s, CORBA::Octet value) // CORBA::Char is the same type
{
    s.marshalOctet(value);
}
inline void put(cdrStream &s, CORBA::WChar value)
{
    s.marshalULong(static_cast<CORBA::ULong>(value));
}
inline void put(cdrStream &s, const char *value)
{
    s.put_octet_array(reinterpret_cast<const CORBA::Octet *>(value),
                      static_cast<int>(strlen(value)));
}
inline void put(cdrStream &s, const CORBA::WChar *value)
{
    for (; *value; value++)
        put(s, *value);
}
// omniORB forgets the digits and scale of a copy, and cannot marshal it then: its text it is.
template <unsigned short digits, unsigned short scale>
void put(cdrStream &s, const _omni_Fixed<digits, scale> &value)
{
    CORBA::String_var text = value.to_string();
    put(s, text.in());
}
template <class T> void put(cdrStream &s, const T &value)
{
    value >>= s;
}

inline std::string hex_of(cdrMemoryStream &s)
{
    static const char digits[] = "0123456789abcdef";
    const auto *bytes = static_cast<const unsigned char *>(s.bufPtr());
    std::string text;
    for (CORBA::ULong i = 0; i < s.bufSize(); i++) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

template <class T> std::string shown(const T &value)
{
    cdrMemoryStream s(0, true);
    put(s, value);
    return hex_of(s);
}
template <class T> std::string shown_items(const T *first, int count)
{
    cdrMemoryStream s(0, true);
    for (int i = 0; i < count; i++)
        put(s, first[i]);
    return hex_of(s);
}

// ---- values ----

inline Everything::Point point(CORBA::Long x, CORBA::Long y)
{
    Everything::Point p;
    p.x = x;
    p.y = y;
    return p;
}

inline Everything::Shape shape(const char *name, Everything::Colour fill, CORBA::ULong points)
{
    Everything::Shape s;
    s.name = name;
    s.fill = fill;
    s.outline.length(points);
    for (CORBA::ULong i = 0; i < points; i++)
        s.outline[i] = point(static_cast<CORBA::Long>(i), -static_cast<CORBA::Long>(i));
    s.border.corners[0] = point(-1, -2);
    s.border.corners[1] = point(3, 4);
    s.border.opacity = 255;
    s.border.scale = -0.1;
    return s;
}

inline Everything::Primitives primitives(int sign)
{
    Everything::Primitives p;
    p.a = 1;
    p.b = static_cast<CORBA::Short>(sign * 32767);
    p.c = sign > 0;
    p.d = sign * 2147483647;
    p.e = 'e';
    p.f = sign * 9223372036854775807LL;
    p.g = 255;
    p.h = sign * 1e300;
    p.i = 65535;
    p.j = static_cast<CORBA::Float>(sign * 0.5);
    p.k = 0;
    p.l = 18446744073709551615ULL;
    p.m = 4294967295U;
    return p;
}

inline Everything::Tree tree(const char *label, int depth, CORBA::ULong branches)
{
    Everything::Tree t;
    t.label = label;
    t.branches.length(depth ? branches : 0);
    for (CORBA::ULong i = 0; i < t.branches.length(); i++)
        t.branches[i] = tree("branch", depth - 1, branches);
    return t;
}

template <class Sequence> Sequence texts(std::initializer_list<const char *> list)
{
    Sequence s;
    s.length(static_cast<CORBA::ULong>(list.size()));
    CORBA::ULong i = 0;
    for (const char *text : list)
        s[i++] = text;
    return s;
}
template <class Sequence, class Item> Sequence sequence(std::initializer_list<Item> list)
{
    Sequence s;
    s.length(static_cast<CORBA::ULong>(list.size()));
    CORBA::ULong i = 0;
    for (const Item &item : list)
        s[i++] = item;
    return s;
}

template <class T> CORBA::Any any_of(T value)
{
    CORBA::Any any;
    any <<= value;
    return any;
}

// -n + (1 + 2.5)
inline Everything::Expression expression(double n)
{
    Everything::Expression number, negated, sum;
    number.number(n);
    Everything::Expression::_negated_seq one;
    one.length(1);
    one[0] = number;
    negated.negated(one);
    Everything::Expression::_sum_seq terms;
    terms.length(3);
    terms[0] = negated;
    number.number(1);
    terms[1] = number;
    number.number(2.5);
    terms[2] = number;
    sum.sum(terms);
    return sum;
}

#endif
