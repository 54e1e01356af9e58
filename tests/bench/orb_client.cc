// Calls everything.idl's Measured with omniORB for a while, the same for every server. Usage:
// orb_client [-ORB...] REFERENCE ping|sum|oneway|callers SECONDS. Prints "calls N seconds S"; for
// callers (eight threads that ping on one connection) also "p50 US p99 US".

#include "everything.hh"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace Everything;

namespace
{

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begun)
{
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

void report(long calls, double seconds)
{
    printf("calls %ld seconds %.6f\n", calls, seconds);
}

template <class Call> void repeat(double seconds, Call call)
{
    call();
    long calls = 0;
    Clock::time_point begun = Clock::now();
    for (; since(begun) < seconds;)
        for (int i = 0; i < 100; i++, calls++)
            call();
    report(calls, since(begun));
}

Rows three_rows()
{
    Rows rows;
    rows.length(3);
    for (CORBA::ULong i = 0; i < 3; i++) {
        rows[i].id = static_cast<CORBA::Long>(i);
        rows[i].name = "Ibuprofen 200 mg, 24 tablets";
        rows[i].amount = 10.99;
    }
    return rows;
}

void sum(Measured_ptr object, double seconds)
{
    const Rows rows = three_rows();
    repeat(seconds, [&] {
        Summary_var summary = object->sum(rows);
        if (summary->count != 3)
            abort();
    });
}

// A oneway counts when it has arrived: at the end the server tells how many did.
void oneway(Measured_ptr object, double seconds)
{
    CORBA::Long before = object->told();
    CORBA::Long sent = 0;
    Clock::time_point begun = Clock::now();
    for (; since(begun) < seconds;)
        for (int i = 0; i < 100; i++)
            object->tell(sent++);
    CORBA::Long arrived = object->told() - before;
    while (arrived < sent && since(begun) < seconds + 10)
        arrived = object->told() - before;
    if (arrived != sent)
        abort();
    report(arrived, since(begun));
}

void callers(Measured_ptr object, double seconds)
{
    std::vector<std::vector<double>> each(8);
    std::vector<std::thread> threads;
    object->ping();
    Clock::time_point begun = Clock::now();
    for (std::vector<double> &mine : each)
        threads.emplace_back([&mine, object, begun, seconds] {
            while (since(begun) < seconds) {
                Clock::time_point called = Clock::now();
                object->ping();
                mine.push_back(since(called) * 1e6);
            }
        });
    std::vector<double> all;
    for (size_t i = 0; i < threads.size(); i++) {
        threads[i].join();
        all.insert(all.end(), each[i].begin(), each[i].end());
    }
    report(static_cast<long>(all.size()), since(begun));
    std::sort(all.begin(), all.end());
    printf("p50 %.1f p99 %.1f\n", all[all.size() / 2], all[all.size() * 99 / 100]);
}

int run(Measured_ptr object, const std::string &what, double seconds)
{
    if (what == "ping")
        repeat(seconds, [&] { object->ping(); });
    else if (what == "sum")
        sum(object, seconds);
    else if (what == "oneway")
        oneway(object, seconds);
    else if (what == "callers")
        callers(object, seconds);
    else
        return 2;
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    int code = 2;
    try {
        CORBA::ORB_var orb = CORBA::ORB_init(argc, argv);
        if (argc == 4) {
            CORBA::Object_var object = orb->string_to_object(argv[1]);
            Measured_var measured = Measured::_narrow(object);
            code = CORBA::is_nil(measured) ? 1 : run(measured, argv[2], atof(argv[3]));
            measured = Measured::_nil();
        }
        orb->destroy();
    } catch (const CORBA::Exception &e) {
        fprintf(stderr, "raised %s\n", e._name());
        code = 1;
    }
    return code;
}
