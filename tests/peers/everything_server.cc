// Serves everything.idl with omniORB. Prints one line "NAME REFERENCE" for each object, then
// "ready"; runs until it is killed. `--bind NAME` binds Everybody in the naming service, too.

#include "omni.h"

#include <mutex>
#include <thread>
#include <vector>

using namespace Everything;

namespace
{

// What an echo does, by the way that its type is passed.
#define ECHO_VALUE(OP, T)                                                                          \
    T OP(T value, T &both, T &copy) override                                                       \
    {                                                                                              \
        copy = both;                                                                               \
        both = value;                                                                              \
        return value;                                                                              \
    }
#define ECHO_FIXED(OP, T)                                                                          \
    T OP(const T &value, T &both, T &copy) override                                                \
    {                                                                                              \
        copy = both;                                                                               \
        both = value;                                                                              \
        return value;                                                                              \
    }
// A copy of a fixed has lost its digits and scale, which only its constructors set.
#define ECHO_DECIMAL(OP, T)                                                                        \
    T OP(const T &value, T &both, T &copy) override                                                \
    {                                                                                              \
        copy = both;                                                                               \
        both = value;                                                                              \
        return T(static_cast<const CORBA::Fixed &>(value));                                        \
    }
#define ECHO_VARIABLE(OP, T, OUT)                                                                  \
    T *OP(const T &value, T &both, OUT copy) override                                              \
    {                                                                                              \
        copy = new T(both);                                                                        \
        both = value;                                                                              \
        return new T(value);                                                                       \
    }
#define ECHO_TEXT(OP, C, OUT, KIND)                                                                \
    C *OP(const C *value, C *&both, OUT copy) override                                             \
    {                                                                                              \
        copy = both;                                                                               \
        both = CORBA::KIND##_dup(value);                                                           \
        return CORBA::KIND##_dup(value);                                                           \
    }
#define ECHO_REFERENCE(OP, T, OUT)                                                                 \
    T##_ptr OP(T##_ptr value, T##_ptr &both, OUT copy) override                                    \
    {                                                                                              \
        copy = both;                                                                               \
        both = T::_duplicate(value);                                                               \
        return T::_duplicate(value);                                                               \
    }
#define ECHO_ARRAY(OP, T)                                                                          \
    T##_slice *OP(const T value, T both, T copy) override                                          \
    {                                                                                              \
        T##_copy(copy, both);                                                                      \
        T##_copy(both, value);                                                                     \
        return T##_dup(value);                                                                     \
    }

class Top_i : public virtual POA_Everything::Top
{
  public:
    char *note() override
    {
        return CORBA::string_dup(note_.c_str());
    }
    void note(const char *text) override
    {
        note_ = text;
    }
    char *at_top() override
    {
        return CORBA::string_dup("top");
    }

  private:
    std::string note_;
};

class Everybody_i : public virtual POA_Everything::Everybody, public virtual Top_i
{
  public:
    Everybody_i(CORBA::ORB_ptr orb, bool utf8) : orb_(CORBA::ORB::_duplicate(orb)), utf8_(utf8)
    {
        for (int i = 0; i < 4; i++)
            numbers_[i] = i + 1;
        drawing_.name = "nothing";
        drawing_.fill = RED;
        memset(&drawing_.border, 0, sizeof(drawing_.border));
    }

    CORBA::LongLong count() override
    {
        return 5000000000LL;
    }
    char *at_left() override
    {
        return CORBA::string_dup("left");
    }
    char *at_right(Everybody_ptr other) override
    {
        if (CORBA::is_nil(other))
            return CORBA::string_dup("right of nobody");
        CORBA::String_var name = other->at_bottom();
        return CORBA::string_dup((std::string("right of ") + name.in()).c_str());
    }
    char *at_bottom() override
    {
        return CORBA::string_dup("bottom");
    }

    Shape *drawing() override
    {
        return new Shape(drawing_);
    }
    void drawing(const Shape &value) override
    {
        drawing_ = value;
    }
    Four_slice *numbers() override
    {
        return Four_dup(numbers_);
    }
    void numbers(const Four value) override
    {
        Four_copy(numbers_, value);
    }
    Colour favourite() override
    {
        return FAVOURITE;
    }

    void ping() override {}
    ECHO_VALUE(echo_short, CORBA::Short)
    ECHO_VALUE(echo_ushort, CORBA::UShort)
    ECHO_VALUE(echo_long, CORBA::Long)
    ECHO_VALUE(echo_ulong, CORBA::ULong)
    ECHO_VALUE(echo_longlong, CORBA::LongLong)
    ECHO_VALUE(echo_ulonglong, CORBA::ULongLong)
    ECHO_VALUE(echo_float, CORBA::Float)
    ECHO_VALUE(echo_double, CORBA::Double)
    ECHO_FIXED(echo_longdouble, LongDouble)
    ECHO_VALUE(echo_boolean, CORBA::Boolean)
    ECHO_VALUE(echo_octet, CORBA::Octet)
    ECHO_VALUE(echo_char, CORBA::Char)
    ECHO_VALUE(echo_wchar, CORBA::WChar)
    ECHO_TEXT(echo_string, char, CORBA::String_out, string)
    ECHO_TEXT(echo_wstring, CORBA::WChar, CORBA::WString_out, wstring)
    ECHO_TEXT(echo_short_text, char, ShortText_out, string)
    ECHO_TEXT(echo_short_wide_text, CORBA::WChar, ShortWideText_out, wstring)
    ECHO_DECIMAL(echo_amount, Amount)
    ECHO_DECIMAL(echo_long_amount, LongAmount)
    ECHO_DECIMAL(echo_fraction, Fraction)
    ECHO_VARIABLE(echo_any, CORBA::Any, CORBA::Any_OUT_arg)
    ECHO_REFERENCE(echo_object, CORBA::Object, CORBA::Object_out)
    ECHO_REFERENCE(echo_top, Everything::Top, Top_out)
    ECHO_REFERENCE(echo_typecode, CORBA::TypeCode, CORBA::TypeCode_OUT_arg)
    ECHO_VALUE(echo_colour, Colour)
    ECHO_FIXED(echo_point, Point)
    ECHO_VARIABLE(echo_shape, Shape, Shape_out)
    ECHO_FIXED(echo_primitives, Primitives)
    ECHO_VARIABLE(echo_wide, Wide, Wide_out)
    ECHO_VARIABLE(echo_keywords, Keywords, Keywords_out)
    ECHO_VARIABLE(echo_tree, Tree, Tree_out)
    ECHO_VARIABLE(echo_shorts, Shorts, Shorts_out)
    ECHO_VARIABLE(echo_longs, Longs, Longs_out)
    ECHO_VARIABLE(echo_few_longs, FewLongs, FewLongs_out)
    ECHO_VARIABLE(echo_booleans, Booleans, Booleans_out)
    ECHO_VARIABLE(echo_octets, Octets, Octets_out)
    ECHO_VARIABLE(echo_chars, Chars, Chars_out)
    ECHO_VARIABLE(echo_texts, Texts, Texts_out)
    ECHO_VARIABLE(echo_short_texts, ShortTexts, ShortTexts_out)
    ECHO_VARIABLE(echo_matrix, Matrix, Matrix_out)
    ECHO_VARIABLE(echo_shapes, Shapes, Shapes_out)
    ECHO_VARIABLE(echo_anys, Anys, Anys_out)
    ECHO_VARIABLE(echo_colours, Colours, Colours_out)
    ECHO_VARIABLE(echo_amounts, Amounts, Amounts_out)
    ECHO_ARRAY(echo_four, Four)
    ECHO_ARRAY(echo_grid, Grid)
    ECHO_ARRAY(echo_line, Line)
    ECHO_ARRAY(echo_digest, Digest)
    ECHO_VARIABLE(echo_by_short, ByShort, ByShort_out)
    ECHO_FIXED(echo_by_ushort, ByUShort)
    ECHO_VARIABLE(echo_by_long, ByLong, ByLong_out)
    ECHO_VARIABLE(echo_by_ulong, ByULong, ByULong_out)
    ECHO_VARIABLE(echo_by_longlong, ByLongLong, ByLongLong_out)
    ECHO_VARIABLE(echo_by_ulonglong, ByULongLong, ByULongLong_out)
    ECHO_VARIABLE(echo_by_char, ByChar, ByChar_out)
    ECHO_VARIABLE(echo_by_boolean, ByBoolean, ByBoolean_out)
    ECHO_FIXED(echo_by_colour, ByColour)
    ECHO_VARIABLE(echo_expression, Expression, Expression_out)
    ECHO_VARIABLE(echo_nested, Nested, Nested_out)
    Pair_slice *echo_pair(const Pair value, Pair both, Pair_out copy) override
    {
        copy = Pair_dup(both);
        Pair_copy(both, value);
        return Pair_dup(value);
    }

    void raise(const char *which) override;
    void tell(const char *text) override
    {
        std::lock_guard<std::mutex> held(lock_);
        log_.push_back(text);
    }
    Everything::Everybody::Log *told() override;

    CORBA::ULong characters(const char *text) override
    {
        CORBA::ULong count = 0;
        for (; *text; text++)
            count += !utf8_ || (*text & 0xc0) != 0x80;
        return count;
    }
    char *character(CORBA::ULong code) override
    {
        return CORBA::string_dup(native_character(code, utf8_).c_str());
    }
    CORBA::ULong wide_characters(const CORBA::WChar *text) override
    {
        CORBA::ULong count = 0;
        for (; *text; text++)
            count += (*text & ~0x3ff) != 0xdc00;
        return count;
    }
    CORBA::WChar *wide_character(CORBA::ULong code) override
    {
        return CORBA::wstring_dup(::wide_character(code).c_str());
    }

    CORBA::ULong wait(CORBA::ULong milliseconds) override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        return milliseconds;
    }
    Octets *big(CORBA::ULong size) override;
    CORBA::ULong weigh(const Octets &data) override
    {
        CORBA::ULong sum = 0;
        for (CORBA::ULong i = 0; i < data.length(); i++)
            sum += data[i];
        return sum;
    }
    Texts *many(CORBA::ULong count) override;

    CORBA::Long call_back(Listener_ptr who, const char *text) override
    {
        return who->heard(text) + 1;
    }
    void note_back(Listener_ptr who, const char *text) override
    {
        who->noted(text);
    }

    CORBA::Object_ptr self() override
    {
        return CORBA::Object::_duplicate(self_);
    }
    Top_ptr nowhere() override
    {
        return Everything::Top::_duplicate(nowhere_);
    }
    Everybody_ptr forwarded() override
    {
        return Everything::Everybody::_duplicate(forwarded_);
    }

    void know(CORBA::Object_ptr self, Top_ptr nowhere, Everybody_ptr forwarded)
    {
        self_ = CORBA::Object::_duplicate(self);
        nowhere_ = Everything::Top::_duplicate(nowhere);
        forwarded_ = Everything::Everybody::_duplicate(forwarded);
    }

  private:
    CORBA::ORB_var orb_;
    bool utf8_;
    Shape drawing_;
    Four numbers_;
    std::mutex lock_;
    std::vector<std::string> log_;
    CORBA::Object_var self_;
    Top_var nowhere_;
    Everybody_var forwarded_;
};

void Everybody_i::raise(const char *which)
{
    if (!strcmp(which, "plain"))
        throw Plain();
    if (!strcmp(which, "detailed")) {
        Detailed wrong;
        wrong.why = "because";
        wrong.where.x = -1;
        wrong.where.y = 1;
        wrong.codes.length(2);
        wrong.codes[0] = 4;
        wrong.codes[1] = 2;
        wrong.more <<= static_cast<CORBA::Long>(77);
        throw wrong;
    }
    if (!strcmp(which, "inner")) {
        Everything::Everybody::Inner wrong;
        wrong.what.key = "key";
        wrong.what.value <<= "value";
        throw wrong;
    }
    if (!strcmp(which, "system"))
        throw CORBA::NO_PERMISSION(1234, CORBA::COMPLETED_YES);
}

Everything::Everybody::Log *Everybody_i::told()
{
    std::lock_guard<std::mutex> held(lock_);
    auto *log = new Everything::Everybody::Log;
    log->length(static_cast<CORBA::ULong>(log_.size()));
    for (size_t i = 0; i < log_.size(); i++)
        (*log)[static_cast<CORBA::ULong>(i)] = log_[i].c_str();
    log_.clear();
    return log;
}

Octets *Everybody_i::big(CORBA::ULong size)
{
    Octets *data = new Octets;
    data->length(size);
    for (CORBA::ULong i = 0; i < size; i++)
        (*data)[i] = static_cast<CORBA::Octet>(i * 7);
    return data;
}

Texts *Everybody_i::many(CORBA::ULong count)
{
    Texts *texts = new Texts;
    texts->length(count);
    for (CORBA::ULong i = 0; i < count; i++)
        (*texts)[i] = ("item " + std::to_string(i + 1)).c_str();
    return texts;
}

class Measured_i : public virtual POA_Everything::Measured
{
  public:
    void ping() override {}
    Summary *sum(const Rows &all) override
    {
        Summary *summary = new Summary;
        summary->count = static_cast<CORBA::Long>(all.length());
        summary->total = 0;
        for (CORBA::ULong i = 0; i < all.length(); i++)
            summary->total += all[i].amount;
        if (all.length())
            summary->last = all[all.length() - 1].name;
        return summary;
    }
    void tell(CORBA::Long) override
    {
        told_++;
    }
    CORBA::Long told() override
    {
        return told_;
    }

  private:
    CORBA::Long told_ = 0;
};

// Every object of its POA is somewhere else.
class Forwarder : public virtual PortableServer::ServantLocator
{
  public:
    explicit Forwarder(CORBA::Object_ptr to) : to_(CORBA::Object::_duplicate(to)) {}
    PortableServer::Servant preinvoke(const PortableServer::ObjectId &, PortableServer::POA_ptr,
                                      const char *, void *&) override
    {
        throw PortableServer::ForwardRequest(CORBA::Object::_duplicate(to_));
    }
    void postinvoke(const PortableServer::ObjectId &, PortableServer::POA_ptr, const char *, void *,
                    PortableServer::Servant) override
    {
    }

  private:
    CORBA::Object_var to_;
};

PortableServer::POA_ptr forwarding_poa(PortableServer::POA_ptr root, CORBA::Object_ptr to)
{
    PortableServer::POAManager_var manager = root->the_POAManager();
    CORBA::PolicyList policies;
    policies.length(2);
    policies[0] = root->create_servant_retention_policy(PortableServer::NON_RETAIN);
    policies[1] = root->create_request_processing_policy(PortableServer::USE_SERVANT_MANAGER);
    PortableServer::POA_var poa = root->create_POA("elsewhere", manager, policies);
    PortableServer::ServantManager_var locator = new Forwarder(to);
    poa->set_servant_manager(locator);
    return poa._retn();
}

CORBA::Object_var activate(PortableServer::POA_ptr poa, const char *id,
                           PortableServer::Servant servant)
{
    PortableServer::ObjectId_var oid = PortableServer::string_to_ObjectId(id);
    poa->activate_object_with_id(oid, servant);
    return poa->id_to_reference(oid);
}

void bind(CORBA::ORB_ptr orb, const char *name, CORBA::Object_ptr object)
{
    CORBA::Object_var service = orb->resolve_initial_references("NameService");
    CosNaming::NamingContextExt_var root = CosNaming::NamingContextExt::_narrow(service);
    CosNaming::Name_var path = root->to_name(name);
    root->rebind(path, object);
}

void print(CORBA::ORB_ptr orb, const char *name, CORBA::Object_ptr object)
{
    CORBA::String_var text = orb->object_to_string(object);
    printf("%s %s\n", name, text.in());
}

void serve(CORBA::ORB_ptr orb, bool utf8, const char *bind_as)
{
    CORBA::Object_var object = orb->resolve_initial_references("RootPOA");
    PortableServer::POA_var root = PortableServer::POA::_narrow(object);
    object = orb->resolve_initial_references("omniINSPOA"); // where keys are object ids
    PortableServer::POA_var named = PortableServer::POA::_narrow(object);

    Everybody_i *everybody = new Everybody_i(orb, utf8);
    CORBA::Object_var self = activate(named, "Everybody", everybody);
    CORBA::Object_var measured = activate(named, "Measured", new Measured_i);
    PortableServer::ObjectId_var nobody = PortableServer::string_to_ObjectId("Nobody");
    CORBA::Object_var nowhere = named->create_reference_with_id(nobody, Top::_PD_repoId);
    PortableServer::POA_var elsewhere = forwarding_poa(root, self);
    CORBA::Object_var forwarded = elsewhere->create_reference(Everybody::_PD_repoId);
    Top_var no_top = Top::_unchecked_narrow(nowhere);
    Everybody_var moved = Everybody::_unchecked_narrow(forwarded);
    everybody->know(self, no_top, moved);

    PortableServer::POAManager_var manager = root->the_POAManager();
    manager->activate();
    manager = named->the_POAManager();
    manager->activate();
    if (bind_as)
        bind(orb, bind_as, self);
    print(orb, "Everybody", self);
    print(orb, "Measured", measured);
    printf("ready\n");
    fflush(stdout);
    orb->run();
}

} // namespace

int main(int argc, char **argv)
{
    bool utf8 = native_is_utf8(argc, argv);
    try {
        CORBA::ORB_var orb = CORBA::ORB_init(argc, argv);
        const char *bind_as = argc == 3 && !strcmp(argv[1], "--bind") ? argv[2] : nullptr;
        serve(orb, utf8, bind_as);
    } catch (const CORBA::Exception &e) {
        fprintf(stderr, "raised %s\n", e._name());
        return 1;
    }
    return 0;
}
