// An Inventory of omniORB that stands in for the demo one: pharmacy.idl's Inventory, with the stock
// that the arguments name (PRODUCT=COUNT; of any other product there is plenty). Prints
// "Inventory REFERENCE", "ready", then a line for each call; runs until it is killed.

#include "pharmacy.hh"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace
{

using Stock = std::map<std::string, CORBA::LongLong>;

class Inventory_i : public virtual POA_Pharmacy::Inventory
{
  public:
    explicit Inventory_i(const Stock &stock) : stock_(stock) {}

    void check(const Pharmacy::LineList &items) override
    {
        Pharmacy::OutOfStock missing;
        for (CORBA::ULong i = 0; i < items.length(); i++) {
            auto known = stock_.find(items[i].product_id.in());
            if (known == stock_.end() || known->second >= items[i].quantity)
                continue;
            CORBA::ULong n = missing.shortages.length();
            missing.shortages.length(n + 1);
            missing.shortages[n].product_id = items[i].product_id;
            missing.shortages[n].requested = items[i].quantity;
            missing.shortages[n].available = known->second;
        }
        say("check", std::to_string(items.length()).c_str());
        if (missing.shortages.length())
            throw missing;
    }
    void release(const char *order_id, const Pharmacy::LineList &) override
    {
        say("release", order_id);
    }
    void restock(const char *order_id) override
    {
        say("restock", order_id);
    }

  private:
    static void say(const char *operation, const char *what)
    {
        printf("%s %s\n", operation, what);
        fflush(stdout);
    }
    Stock stock_;
};

void serve(CORBA::ORB_ptr orb, const Stock &stock)
{
    CORBA::Object_var object = orb->resolve_initial_references("omniINSPOA");
    PortableServer::POA_var poa = PortableServer::POA::_narrow(object);
    PortableServer::ObjectId_var id = PortableServer::string_to_ObjectId("Inventory");
    poa->activate_object_with_id(id, new Inventory_i(stock));
    CORBA::Object_var inventory = poa->id_to_reference(id);
    CORBA::String_var text = orb->object_to_string(inventory);
    PortableServer::POAManager_var manager = poa->the_POAManager();
    manager->activate();
    printf("Inventory %s\nready\n", text.in());
    fflush(stdout);
    orb->run();
}

} // namespace

int main(int argc, char **argv)
{
    try {
        CORBA::ORB_var orb = CORBA::ORB_init(argc, argv);
        Stock stock;
        for (int i = 1; i < argc; i++)
            if (const char *equals = strchr(argv[i], '='))
                stock[std::string(argv[i], static_cast<size_t>(equals - argv[i]))] =
                    atoll(equals + 1);
        serve(orb, stock);
    } catch (const CORBA::Exception &e) {
        fprintf(stderr, "raised %s\n", e._name());
        return 1;
    }
    return 0;
}
