// A pharmacy's program, with omniORB and the stubs of pharmacy.idl: logs in, orders, confirms, is
// refused. Usage: pharmacy_client [-ORB...] GATEWAY PHARMACIST_TOKEN CUSTOMER_TOKEN NEIGHBOUR_TOKEN

#include "checks.h"
#include "pharmacy.hh"

#include <cstring>
#include <vector>

using namespace Pharmacy;

namespace
{

const char *const ibuprofen = "0190a000-0000-7000-8000-000000000001";
const char *const paracetamol = "0190a000-0000-7000-8000-000000000002";
const char *const epinephrine = "0190a000-0000-7000-8000-000000000003";
const char *const amoxicillin = "0190a000-0000-7000-8000-000000000005";
const char *const nothing = "0190a000-0000-7000-8000-0000000000ff";

struct Site {
    CORBA::ORB_var orb;
    Gateway_var gateway;
    Session_var pharmacist, customer, neighbour;
    Checks checks;
};

NewOrder order_of(std::initializer_list<std::pair<const char *, CORBA::Long>> lines)
{
    NewOrder what;
    what.notes = "";
    what.items.length(static_cast<CORBA::ULong>(lines.size()));
    CORBA::ULong i = 0;
    for (const auto &line : lines) {
        what.items[i].product_id = line.first;
        what.items[i++].quantity = line.second;
    }
    return what;
}

// One order of ibuprofen x 2 and paracetamol x 1.
Order_ptr create(Session_ptr session, OrderRecord_var &record)
{
    return session->create(order_of({{ibuprofen, 2}, {paracetamol, 1}}), record.out());
}

// Runs a body that has to raise E, and hands that on.
template <class E>
void expect_raised(const std::function<void()> &body,
                   const std::function<void(const E &)> &look = {})
{
    try {
        body();
    } catch (const E &e) {
        if (look)
            look(e);
        return;
    }
    throw Wrong{"it raised nothing"};
}

void check_login(Site &site)
{
    site.checks.run("a bad token is refused", [&] {
        expect_raised<Unauthenticated>([&] { Session_var s = site.gateway->login("nonsense"); });
    });
    site.checks.run("a session knows its user and its end", [&] {
        CORBA::String_var user = site.customer->user_id(), end = site.customer->expires_at();
        expect("user", "36", std::to_string(strlen(user)));
        expect("end", "24", std::to_string(strlen(end)));
    });
}

void check_life(Site &site)
{
    OrderRecord_var record;
    Order_var order;
    site.checks.run("an order is created", [&] {
        order = create(site.pharmacist, record);
        expect_true("it is not PENDING", record->order_status == PENDING);
        expect("total", "2797", std::to_string(record->total_amount.minor_units));
        expect("currency", "USD", record->total_amount.currency.in());
        expect("lines", "2", std::to_string(record->items.length()));
        expect("version", "1", std::to_string(record->version));
        CORBA::String_var id = order->order_id();
        expect("id", record->order_id.in(), id.in());
    });
    site.checks.run("it is confirmed through its reference", [&] {
        OrderRecord_var confirmed = order->confirm();
        expect_true("it is not CONFIRMED", confirmed->order_status == CONFIRMED);
        expect("version", "2", std::to_string(confirmed->version));
    });
    site.checks.run("confirmed again it raises InvalidTransition", [&] {
        expect_raised<InvalidTransition>(
            [&] { OrderRecord_var r = order->confirm(); },
            [](const InvalidTransition &e) {
                expect_true("from is wrong", e.from_status == CONFIRMED);
                expect_true("to is wrong", e.to_status == CONFIRMED);
                expect("allowed", "2", std::to_string(e.allowed.length()));
                expect_true("allowed is wrong",
                            (e.allowed[0] == COMPLETED && e.allowed[1] == CANCELLED) ||
                                (e.allowed[0] == CANCELLED && e.allowed[1] == COMPLETED));
            });
    });
    site.checks.run("another version is refused", [&] {
        Order::Change change;
        change.new_status = COMPLETED;
        change.reason = "";
        change.notes = "";
        change.expected_version = 99;
        expect_raised<VersionMismatch>([&] { OrderRecord_var r = order->update(change); },
                                       [&](const VersionMismatch &e) {
                                           expect("order", record->order_id.in(), e.order_id.in());
                                       });
    });
    site.checks.run("it is completed", [&] {
        OrderRecord_var completed = order->complete();
        expect_true("it is not COMPLETED", completed->order_status == COMPLETED);
        expect("completed_at", "24", std::to_string(strlen(completed->completed_at)));
    });
    site.checks.run("completed it cannot be cancelled", [&] {
        expect_raised<InvalidTransition>(
            [&] { OrderRecord_var r = order->cancel("late"); },
            [](const InvalidTransition &e) {
                expect_true("from is wrong", e.from_status == COMPLETED);
                expect("allowed", "0", std::to_string(e.allowed.length()));
            });
    });
    site.checks.run("it is found, and is the same", [&] {
        OrderRecord_var found;
        Order_var again = site.pharmacist->find(record->order_id, found.out());
        expect_true("it is not COMPLETED", found->order_status == COMPLETED);
        OrderRecord_var got = again->get();
        expect("id", record->order_id.in(), got->order_id.in());
    });
}

void check_cancel(Site &site)
{
    site.checks.run("a customer cancels an order, with a reason", [&] {
        OrderRecord_var record;
        Order_var order = create(site.customer, record);
        OrderRecord_var cancelled = order->cancel("changed my mind");
        expect_true("it is not CANCELLED", cancelled->order_status == CANCELLED);
        expect("reason", "changed my mind", cancelled->reason.in());
    });
}

void check_refusals(Site &site)
{
    OrderRecord_var record;
    Order_var order;
    site.checks.run("a customer creates an order", [&] { order = create(site.customer, record); });
    site.checks.run("a customer may not confirm", [&] {
        expect_raised<Forbidden>([&] { OrderRecord_var r = order->confirm(); });
    });
    site.checks.run("a customer may not list all orders", [&] {
        CORBA::String_var next;
        expect_raised<Forbidden>([&] {
            OrderRecordList_var all = site.customer->list_all(CriterionList(), 0, "", next.out());
        });
    });
    site.checks.run("somebody else's order is not there", [&] {
        OrderRecord_var found;
        expect_raised<NotFound>(
            [&] { Order_var o = site.neighbour->find(record->order_id, found.out()); },
            [&](const NotFound &e) { expect("order", record->order_id.in(), e.order_id.in()); });
    });
    site.checks.run("an order that there is not", [&] {
        OrderRecord_var found;
        expect_raised<NotFound>([&] { Order_var o = site.neighbour->find(nothing, found.out()); });
    });
    site.checks.run("a quantity of nothing", [&] {
        OrderRecord_var created;
        expect_raised<ValidationFailed>(
            [&] {
                Order_var o = site.customer->create(order_of({{ibuprofen, 0}}), created.out());
            },
            [](const ValidationFailed &e) {
                expect("mistakes", "1", std::to_string(e.mistakes.length()));
                expect("pointer", "/items/0/quantity", e.mistakes[0].pointer.in());
            });
    });
    site.checks.run("an unknown product", [&] {
        OrderRecord_var created;
        expect_raised<UnknownProduct>(
            [&] {
                Order_var o = site.customer->create(order_of({{nothing, 1}}), created.out());
            },
            [](const UnknownProduct &e) { expect("product", nothing, e.product_ids[0].in()); });
    });
    site.checks.run("another price", [&] {
        OrderRecord_var created;
        NewOrder what = order_of({{ibuprofen, 1}});
        what.items[0].price.length(1);
        what.items[0].price[0].minor_units = 1;
        what.items[0].price[0].currency = "USD";
        expect_raised<PriceMismatch>(
            [&] { Order_var o = site.customer->create(what, created.out()); },
            [](const PriceMismatch &e) {
                expect("prices", "1", std::to_string(e.prices.length()));
                expect("product", ibuprofen, e.prices[0].product_id.in());
                expect("sent", "1", std::to_string(e.prices[0].sent.minor_units));
                expect("actual", "1099", std::to_string(e.prices[0].actual.minor_units));
            });
    });
    site.checks.run("too little stock", [&] {
        OrderRecord_var created;
        expect_raised<OutOfStock>(
            [&] {
                Order_var o = site.pharmacist->create(order_of({{epinephrine, 2}}), created.out());
            },
            [](const OutOfStock &e) {
                expect("shortages", "1", std::to_string(e.shortages.length()));
                expect("product", epinephrine, e.shortages[0].product_id.in());
                expect("requested", "2", std::to_string(e.shortages[0].requested));
                expect("available", "1", std::to_string(e.shortages[0].available));
            });
    });
    site.checks.run("a policy denies", [&] {
        OrderRecord_var created;
        expect_raised<PolicyDenied>(
            [&] {
                Order_var o = site.customer->create(order_of({{amoxicillin, 1}}), created.out());
            },
            [](const PolicyDenied &e) {
                expect_true("no policy is named", *e.policy.in());
                expect_true("no reason is named", *e.reason.in());
            });
    });
}

void check_lists(Site &site)
{
    site.checks.run("a list goes page by page, newest first", [&] {
        OrderRecord_var first, second;
        Order_var a = create(site.neighbour, first), b = create(site.neighbour, second);
        CORBA::String_var next;
        OrderRecordList_var page = site.neighbour->list(CriterionList(), 1, "", next.out());
        expect("length", "1", std::to_string(page->length()));
        expect("newest", second->order_id.in(), page[0].order_id.in());
        CORBA::String_var after;
        page = site.neighbour->list(CriterionList(), 1, next, after.out());
        expect("next", first->order_id.in(), page[0].order_id.in());
        page = site.neighbour->list(CriterionList(), 100, after, next.out());
        expect("after the last", "", next.in());
    });
    site.checks.run("criteria hold together", [&] {
        CriterionList only;
        only.length(2);
        only[0].order_status(PENDING);
        Money least;
        least.minor_units = 2797;
        least.currency = "USD";
        only[1].total(least);
        only[1]._d(MIN_TOTAL);
        CORBA::String_var next;
        OrderRecordList_var some = site.neighbour->list(only, 0, "", next.out());
        expect_true("nothing was found", some->length() >= 2);
        least.minor_units = 2798;
        only[1].total(least);
        only[1]._d(MIN_TOTAL);
        some = site.neighbour->list(only, 0, "", next.out());
        expect("above", "0", std::to_string(some->length()));
    });
    site.checks.run("a pharmacist lists one customer's orders", [&] {
        CriterionList only;
        only.length(1);
        CORBA::String_var user = site.neighbour->user_id(), next;
        only[0].user_id(user);
        OrderRecordList_var all = site.pharmacist->list_all(only, 100, "", next.out());
        expect_true("nothing was found", all->length() >= 2);
        for (CORBA::ULong i = 0; i < all->length(); i++)
            expect("user", user.in(), all[i].user_id.in());
    });
}

// The reference's text with one bit of its bytes turned, or "" beyond them.
std::string forged(const std::string &ior, size_t byte, int bit)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 4 + 2 * byte;
    if (at + 1 >= ior.size())
        return "";
    int value = static_cast<int>(strtol(ior.substr(at, 2).c_str(), nullptr, 16)) ^ 1 << bit;
    std::string text = ior;
    text[at] = digits[value >> 4];
    text[at + 1] = digits[value & 15];
    return text;
}

// Where the object key of an IOR's text begins: its last bytes that read "Session/" or "Order/".
size_t key_of(const std::string &ior, const char *prefix)
{
    std::string bytes;
    for (size_t i = 4; i + 1 < ior.size(); i += 2)
        bytes += static_cast<char>(strtol(ior.substr(i, 2).c_str(), nullptr, 16));
    size_t at = bytes.rfind(prefix);
    if (at == std::string::npos)
        throw Wrong{std::string("no key begins with ") + prefix};
    return at;
}

// Calls every reference that differs from a good one in one bit of its key; none may answer.
void expect_unforgeable(Site &site, CORBA::Object_ptr object, const char *prefix,
                        const std::function<void(CORBA::Object_ptr)> &call)
{
    CORBA::String_var text = site.orb->object_to_string(object);
    const std::string ior = text.in();
    size_t begin = key_of(ior, prefix) + strlen(prefix);
    for (size_t i = 0; i < 32; i++) {
        CORBA::Object_var other =
            site.orb->string_to_object(forged(ior, begin + i, static_cast<int>(i % 8)).c_str());
        try {
            call(other);
        } catch (const CORBA::OBJECT_NOT_EXIST &) {
            continue;
        } catch (const Unauthenticated &) {
            continue;
        }
        throw Wrong{"a forged key was taken, byte " + std::to_string(i)};
    }
}

void check_forgeries(Site &site)
{
    site.checks.run("no other key of a session is good", [&] {
        expect_unforgeable(site, site.customer, "Session/", [](CORBA::Object_ptr object) {
            Session_var session = Session::_unchecked_narrow(object);
            CORBA::String_var next;
            OrderRecordList_var all = session->list(CriterionList(), 0, "", next.out());
        });
    });
    site.checks.run("no other key of an order is good", [&] {
        OrderRecord_var record;
        Order_var order = create(site.customer, record);
        expect_unforgeable(site, order, "Order/", [](CORBA::Object_ptr object) {
            Order_var forged = Order::_unchecked_narrow(object);
            OrderRecord_var got = forged->get();
        });
    });
}

void run(Site &site, char **argv)
{
    CORBA::Object_var object = site.orb->string_to_object(argv[1]);
    site.gateway = Gateway::_narrow(object);
    site.checks.run("they log in", [&] {
        expect_true("it is no Gateway", !CORBA::is_nil(site.gateway));
        site.pharmacist = site.gateway->login(argv[2]);
        site.customer = site.gateway->login(argv[3]);
        site.neighbour = site.gateway->login(argv[4]);
    });
    if (!site.checks.good())
        return;
    check_login(site);
    check_life(site);
    check_cancel(site);
    check_refusals(site);
    check_lists(site);
    check_forgeries(site);
}

} // namespace

int main(int argc, char **argv)
{
    Site site;
    try {
        site.orb = CORBA::ORB_init(argc, argv);
        if (argc != 5) {
            fprintf(stderr, "usage: pharmacy_client [-ORB...] GATEWAY PHARMACIST_TOKEN "
                            "CUSTOMER_TOKEN NEIGHBOUR_TOKEN\n");
            return 2;
        }
        run(site, argv);
    } catch (const CORBA::Exception &e) {
        fprintf(stderr, "raised %s\n", e._name());
        return 1;
    }
    return site.checks.good() ? 0 : 1;
}
