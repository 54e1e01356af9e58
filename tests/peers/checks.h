// How a client says what it checked, one line for each: "ok NAME" or "not ok NAME WHY".
#ifndef PEERS_CHECKS_H
#define PEERS_CHECKS_H

#include <omniORB4/CORBA.h>

#include <cstdio>
#include <functional>
#include <string>

struct Wrong {
    std::string why;
};

class Checks
{
  public:
    void run(const std::string &name, const std::function<void()> &body)
    {
        ran = true;
        try {
            body();
            printf("ok %s\n", name.c_str());
        } catch (const Wrong &wrong) {
            fail(name, wrong.why);
        } catch (const CORBA::SystemException &e) {
            char text[160];
            snprintf(text, sizeof(text), "raised %s minor %08x completed %d", e._name(),
                     static_cast<unsigned>(e.minor()), static_cast<int>(e.completed()));
            fail(name, text);
        } catch (const CORBA::Exception &e) {
            fail(name, std::string("raised ") + e._name());
        }
        fflush(stdout);
    }
    bool good() const
    {
        return ran && !failed;
    }

  private:
    void fail(const std::string &name, const std::string &why)
    {
        printf("not ok %s %.500s\n", name.c_str(), why.c_str());
        failed = true;
    }
    bool ran = false, failed = false;
};

inline void expect(const char *what, const std::string &expected, const std::string &got)
{
    if (expected != got)
        throw Wrong{std::string(what) + ": expected " + expected + " got " + got};
}
inline void expect_true(const char *what, bool so)
{
    if (!so)
        throw Wrong{what};
}

#endif
