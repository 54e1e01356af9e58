/* An orderd that answers as it is told to: one answer for each question, in their order. */
#ifndef TEST_ORDERCTL_SCRIPT_H
#define TEST_ORDERCTL_SCRIPT_H

/* After it comes the body. */
#define HEAD(status_) "HTTP/1.1 " status_ "\r\nConnection: close\r\n\r\n"
#define GOOD HEAD("200 OK")

/* What was asked, a line each: "GET /cursors". */
extern char script_asked[8192];

/* Answers with these, NULL ends them, on the control socket of state_dir (shell.h). An answer ""
 * closes the connection without a word. */
void script_start(const char *const answers[]);
void script_stop(void);

/* Starts, runs "orderctl" with what follows, stops; gives the exit code. */
#define scripted(answers_, ...)                                                                    \
    scripted_run(answers_, (const char *const[]){"orderctl", __VA_ARGS__, NULL})
int scripted_run(const char *const answers[], const char *const arguments[]);

#endif
