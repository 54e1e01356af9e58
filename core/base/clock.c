/* Wall and monotonic time, and RFC 3339 text both ways. */
#include "base/clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { MS_A_SECOND = 1000, SECONDS_A_DAY = 86400 };

/* 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what four digits of a year can say. */
static const int64_t clock_first_ms = INT64_C(-62135596800000);
static const int64_t clock_last_ms = INT64_C(253402300799999);

int64_t clock_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_A_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Days are counted in eras of 400 years (146,097 days) from a year that begins on 1 March, so that
 * the leap day is a year's last day and needs no case of its own. Day 0 is 1970-01-01, which is
 * day 719,468 from 0000-03-01. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t doe = shifted - era * 146097; /* day of era */
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t month_from_march = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static void write_digits(char *text, int count, int64_t number)
{
    for (int i = count - 1; i >= 0; i--) {
        text[i] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* "2026-01-31T23:59:59." and its terminator. */
enum { SECOND_TEXT_SIZE = 21 };

static void format_second(int64_t second, char text[SECOND_TEXT_SIZE])
{
    int64_t days = second / SECONDS_A_DAY;
    int64_t rest = second % SECONDS_A_DAY;
    int year;
    int month;
    int day;

    if (rest < 0) {
        rest += SECONDS_A_DAY;
        days--;
    }
    date_from_days(days, &year, &month, &day);
    memcpy(text, "0000-00-00T00:00:00.", SECOND_TEXT_SIZE);
    write_digits(text, 4, year);
    write_digits(text + 5, 2, month);
    write_digits(text + 8, 2, day);
    write_digits(text + 11, 2, rest / 3600);
    write_digits(text + 14, 2, rest / 60 % 60);
    write_digits(text + 17, 2, rest % 60);
}

/* Most times that are written are of the same second as the one before. */
void clock_format(int64_t wall_ms, char text[CLOCK_TEXT_SIZE])
{
    static _Thread_local int64_t cached_second = INT64_MIN;
    static _Thread_local char cached[SECOND_TEXT_SIZE];
    int64_t second;
    int64_t ms;

    if (wall_ms < clock_first_ms)
        wall_ms = clock_first_ms;
    if (wall_ms > clock_last_ms)
        wall_ms = clock_last_ms;
    second = wall_ms / MS_A_SECOND;
    ms = wall_ms % MS_A_SECOND;
    if (ms < 0) {
        ms += MS_A_SECOND;
        second--;
    }
    if (second != cached_second) {
        format_second(second, cached);
        cached_second = second;
    }
    memcpy(text, cached, SECOND_TEXT_SIZE - 1);
    write_digits(text + 20, 3, ms);
    memcpy(text + 23, "Z", 2);
}

/* What is left of the text being parsed. */
struct reader {
    const char *at;
    const char *end;
};

static bool read_character(struct reader *r, char a, char b)
{
    if (r->at == r->end || (*r->at != a && *r->at != b))
        return false;
    r->at++;
    return true;
}

static bool read_digits(struct reader *r, int count, int low, int high, int *number)
{
    *number = 0;
    if (r->end - r->at < count)
        return false;
    for (int i = 0; i < count; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        *number = *number * 10 + (*r->at - '0');
    }
    return *number >= low && *number <= high;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool read_date(struct reader *r, int64_t *seconds)
{
    int year;
    int month;
    int day;

    if (!read_digits(r, 4, 0, 9999, &year) || !read_character(r, '-', '-') ||
        !read_digits(r, 2, 1, 12, &month) || !read_character(r, '-', '-') ||
        !read_digits(r, 2, 1, days_of_month(year, month), &day))
        return false;
    *seconds = days_from_date(year, month, day) * SECONDS_A_DAY;
    return true;
}

static bool read_time(struct reader *r, int64_t *seconds, bool *leap)
{
    int hour;
    int minute;
    int second;

    if (!read_digits(r, 2, 0, 23, &hour) || !read_character(r, ':', ':') ||
        !read_digits(r, 2, 0, 59, &minute) || !read_character(r, ':', ':') ||
        !read_digits(r, 2, 0, 60, &second))
        return false;
    *seconds += hour * 3600 + minute * 60 + second;
    *leap = second == 60;
    return true;
}

static bool read_fraction(struct reader *r, int *ms)
{
    int weight = 100;

    *ms = 0;
    if (!read_character(r, '.', '.'))
        return true;
    if (r->at == r->end || *r->at < '0' || *r->at > '9')
        return false;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, weight /= 10)
        *ms += (*r->at - '0') * weight;
    return true;
}

static bool read_offset(struct reader *r, int64_t *seconds)
{
    int hour;
    int minute;
    int sign;

    if (read_character(r, 'Z', 'z'))
        return true;
    if (r->at == r->end || (*r->at != '+' && *r->at != '-'))
        return false;
    sign = *r->at++ == '-' ? -1 : 1;
    if (!read_digits(r, 2, 0, 23, &hour) || !read_character(r, ':', ':') ||
        !read_digits(r, 2, 0, 59, &minute))
        return false;
    *seconds -= (int64_t)sign * (hour * 3600 + minute * 60);
    return true;
}

enum status clock_parse(const char *text, size_t length, int64_t *wall_ms)
{
    struct reader r = {text, text + length};
    int64_t seconds;
    int64_t result;
    bool leap;
    int ms;

    if (!read_date(&r, &seconds) || !read_character(&r, 'T', 't') ||
        !read_time(&r, &seconds, &leap) || !read_fraction(&r, &ms) || !read_offset(&r, &seconds) ||
        r.at != r.end)
        return STATUS_INVALID;
    /* A leap second ends a day in UTC (5.7). POSIX time has no place for it, so it counts as the
     * first second of the next day. */
    if (leap && seconds % SECONDS_A_DAY != 0)
        return STATUS_INVALID;
    result = seconds * MS_A_SECOND + ms;
    if (result < clock_first_ms || result > clock_last_ms)
        return STATUS_INVALID;
    *wall_ms = result;
    return STATUS_OK;
}
