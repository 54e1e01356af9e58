// What the omniORB programs of everything.idl share: texts of the native code set, and binary128.
#ifndef PEERS_OMNI_H
#define PEERS_OMNI_H

#include "everything.hh"

#include <cstring>
#include <string>

// Whether -ORBnativeCharCodeSet UTF-8 is among the arguments; ISO-8859-1 is omniORB's default.
inline bool native_is_utf8(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], "-ORBnativeCharCodeSet"))
            return !strcmp(argv[i + 1], "UTF-8");
    return false;
}

inline std::string native_character(CORBA::ULong code, bool utf8)
{
    if (code < 0x80 || !utf8)
        return std::string(1, static_cast<char>(code));
    std::string text;
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const int first[] = {0, 0xc0, 0xe0, 0xf0};
    text += static_cast<char>(first[more] | code >> 6 * more);
    while (more--)
        text += static_cast<char>(0x80 | (code >> 6 * more & 0x3f));
    return text;
}

// omniORB's wide characters are units of UTF-16.
inline std::wstring wide_character(CORBA::ULong code)
{
    if (code < 0x10000)
        return std::wstring(1, static_cast<wchar_t>(code));
    code -= 0x10000;
    return {static_cast<wchar_t>(0xd800 | code >> 10),
            static_cast<wchar_t>(0xdc00 | (code & 0x3ff))};
}

// Its long double is the compiler's (80 bits, on this machine), so the IDL's is told to be what
// IEEE binary128 is on the wire.
inline Everything::LongDouble binary128(double value)
{
    __float128 wide = value;
    Everything::LongDouble halves;
    memcpy(&halves, &wide, sizeof(halves));
    return halves;
}

#endif
