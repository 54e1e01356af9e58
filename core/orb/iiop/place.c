/* Places: each endpoint of a reference, with the version and the code sets that are spoken there.
 */
#include "iiop/client_private.h"

enum { MINOR_LIMIT = 2 };

enum exception_kind place_find(const struct ior *ior, size_t index, struct place *place)
{
    place->endpoint = ior_endpoint(ior, index, &place->profile);
    if (!place->endpoint)
        return EXCEPTION_INV_OBJREF;
    const struct profile *profile = &ior->profiles[place->profile];
    place->minor = profile->minor < MINOR_LIMIT ? profile->minor : MINOR_LIMIT;
    place->char_set = place->wchar_set = CODESET_NONE;
    if (!profile->has_codesets || place->minor == 0)
        return EXCEPTION_NONE;
    return codesets_agree(&profile->codesets, &place->char_set, &place->wchar_set)
               ? EXCEPTION_NONE
               : EXCEPTION_CODESET_INCOMPATIBLE;
}

/* Texts of such a body look the same in every char code set that there is. */
static bool is_seven_bit(const struct buffer *body)
{
    for (size_t i = 0; i < body->size; i++)
        if ((uint8_t)body->data[i] > 127)
            return false;
    return true;
}

static bool admits(const struct codeset_component *component, uint32_t codeset)
{
    if (codeset == CODESET_NONE || component->native == codeset)
        return true;
    for (size_t i = 0; i < component->count; i++)
        if (component->conversions[i] == codeset)
            return true;
    return false;
}

static bool same_codesets(const struct place *place, const struct cdr_writer *body)
{
    return place->char_set == body->char_set && place->wchar_set == body->wchar_set;
}

static bool speaks(const struct ior *ior, const struct place *place, const struct cdr_writer *body)
{
    const struct profile *profile = &ior->profiles[place->profile];
    if (body->char_set == CODESET_NONE && body->wchar_set == CODESET_NONE)
        return true; /* what is spoken where nothing was agreed (7.10.2.5) */
    return profile->has_codesets && place->minor > 0 &&
           admits(&profile->codesets.chars, body->char_set) &&
           admits(&profile->codesets.wchars, body->wchar_set);
}

bool place_fit(const struct ior *ior, struct place *place, const struct cdr_writer *body)
{
    if (place->minor < body->minor && body->wide)
        return false; /* each version writes wide characters in its own way */
    if (place->minor > body->minor)
        place->minor = body->minor;
    if (same_codesets(place, body))
        return true;
    if (!speaks(ior, place, body))
        return !body->wide && is_seven_bit(body->out);
    place->char_set = body->char_set;
    place->wchar_set = body->wchar_set;
    return true;
}
