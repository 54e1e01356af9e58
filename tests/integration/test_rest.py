"""The REST contract: every call, every rule of the transition table, every error code."""

import re
import unittest
import uuid
from urllib.parse import parse_qs, urlsplit

from harness import (AMOXICILLIN, CUSTOMER, IBUPROFEN, NEIGHBOUR, PARACETAMOL,
                     RANITIDINE, SiteCase, product)
from stored import Stored

UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Rest(SiteCase):
    """With the hooks' answers out of the way (nothing is subscribed), so that an order stays where
    a test puts it."""

    @classmethod
    def setUpClass(cls):
        cls.site = cls.new_site({"ORDERD_SUBSCRIBE": "tcp://127.0.0.1:9"}).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    def problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        body = answer.json
        self.assertEqual(body["type"], "urn:orderd:problem:" + code)
        self.assertEqual(body["status"], status)
        self.assertRegex(body["trace_id"], r"^[0-9a-f]{32}$")
        self.assertTrue(body["title"])
        return body

    def put(self, order_id, body, token="admin", headers=()):
        return self.site.curl("PUT", "/order/orders/" + order_id, body, token=token,
                              headers=headers)

    def order_in(self, status):
        """A new order that is in this status."""
        order_id = self.site.create((IBUPROFEN, 1)).json["order_id"]
        way = {"PENDING": [], "CONFIRMED": ["CONFIRMED"], "COMPLETED": ["CONFIRMED", "COMPLETED"],
               "CANCELLED": ["CANCELLED"]}[status]
        for step in way:
            answer = self.put(order_id, {"status": step})
            self.assertEqual(answer.status, 200, answer)
        return order_id

    # ---- what an order looks like ----

    def test_an_order_has_every_field_in_its_form(self):
        order = self.site.create((IBUPROFEN, 2), token="customer", notes="ring twice").json
        self.assertEqual(set(order), {
            "order_id", "user_id", "status", "items", "total_amount", "currency", "notes",
            "reason", "version", "created_at", "updated_at", "completed_at"})
        self.assertRegex(order["order_id"], UUID7)
        self.assertEqual(order["items"],
                         [{"product_id": IBUPROFEN, "quantity": 2, "price": "10.99"}])
        self.assertEqual((order["total_amount"], order["currency"]), ("21.98", "USD"))
        self.assertEqual((order["notes"], order["reason"]), ("ring twice", None))
        self.assertRegex(order["created_at"], TIME)
        self.assertEqual(order["updated_at"], order["created_at"])
        self.assertIsNone(order["completed_at"])
        self.assertEqual(self.site.get(order["order_id"]).json, order)

    def test_the_total_is_never_the_callers(self):
        body = {"items": [{"product_id": IBUPROFEN, "quantity": 1}], "total_amount": "0.01"}
        self.assertEqual(self.site.curl("POST", "/order/orders", body).json["total_amount"],
                         "10.99")

    # ---- transitions ----

    def test_every_row_of_the_transition_table(self):
        allowed = {"PENDING": ["CONFIRMED", "CANCELLED"], "CONFIRMED": ["COMPLETED", "CANCELLED"],
                   "COMPLETED": [], "CANCELLED": []}
        for start, successors in allowed.items():
            for to in allowed:
                with self.subTest(start=start, to=to):
                    order_id = self.order_in(start)
                    before = self.site.get(order_id).json
                    answer = self.put(order_id, {"status": to})
                    if to in successors:
                        self.assertEqual(answer.status, 200, answer)
                        self.assertEqual(answer.json["status"], to)
                        self.assertEqual(answer.json["version"], before["version"] + 1)
                        self.assertEqual(answer.headers["etag"], f'"{before["version"] + 1}"')
                        self.assertEqual(bool(answer.json["completed_at"]), to == "COMPLETED")
                    else:
                        body = self.problem(answer, 409, "invalid-transition")
                        self.assertEqual((body["from"], body["to"]), (start, to))
                        self.assertEqual(sorted(body["allowed"]), sorted(successors))
                        self.assertEqual(self.site.get(order_id).json, before)

    def test_a_cancelled_order_says_why(self):
        order_id = self.order_in("PENDING")
        self.put(order_id, {"status": "CANCELLED", "reason": "no longer needed"})
        self.assertEqual(self.site.get(order_id).json["reason"], "no longer needed")

    def test_a_change_of_status_can_change_the_notes(self):
        order_id = self.order_in("PENDING")
        self.put(order_id, {"status": "CONFIRMED", "notes": "leave at the door"})
        self.assertEqual(self.site.get(order_id).json["notes"], "leave at the door")

    def test_put_checks_its_body(self):
        order_id = self.order_in("PENDING")
        for body, pointer in (({}, "/status"), ({"status": "DONE"}, "/status"),
                              ({"status": 7}, "/status"),
                              ({"status": "CONFIRMED", "reason": 1}, "/reason"),
                              ({"status": "CONFIRMED", "notes": "x" * 2001}, "/notes")):
            with self.subTest(body=str(body)[:60]):
                problem = self.problem(self.put(order_id, body), 422, "validation-failed")
                self.assertEqual([e["pointer"] for e in problem["errors"]], [pointer])

    def test_delete_cancels(self):
        order_id = self.site.create((IBUPROFEN, 1), token="customer").json["order_id"]
        answer = self.site.curl("DELETE", f"/order/orders/{order_id}?reason=too%20late")
        self.assertEqual((answer.status, answer.json["status"]), (200, "CANCELLED"))
        self.assertEqual(answer.json["reason"], "too late")
        self.problem(self.site.curl("DELETE", "/order/orders/" + order_id), 409,
                     "invalid-transition")

    # ---- who may ----

    def test_somebody_elses_order_looks_like_none(self):
        order_id = self.site.create((IBUPROFEN, 1), token="customer").json["order_id"]
        missing = str(uuid.uuid4())

        def answers(path_id):
            return [self.site.curl("GET", "/order/orders/" + path_id, token="neighbour"),
                    self.site.curl("DELETE", "/order/orders/" + path_id, token="neighbour")]
        for theirs, none in zip(answers(order_id), answers(missing)):
            self.problem(theirs, 404, "order-not-found")

            def bytes_of(answer, name):
                return re.sub(r'"trace_id":"\w+"', "", answer.body.replace(name, "ID"))
            self.assertEqual(bytes_of(theirs, order_id), bytes_of(none, missing))
        self.assertEqual(self.site.get(order_id).json["status"], "PENDING")

    def test_a_customer_reads_and_cancels_but_does_not_update_nor_list_all(self):
        order_id = self.site.create((IBUPROFEN, 1), token="customer").json["order_id"]
        self.assertEqual(self.site.get(order_id, token="customer").status, 200)
        self.problem(self.put(order_id, {"status": "CONFIRMED"}, token="customer"), 403,
                     "forbidden")
        self.problem(self.site.curl("GET", "/order/orders"), 403, "forbidden")

    def test_no_identity_is_401_everywhere_but_health(self):
        some = "/order/orders/" + str(uuid.uuid4())
        for method, path in (("GET", "/order/orders"), ("POST", "/order/orders"), ("GET", some),
                             ("PUT", some), ("DELETE", some), ("GET", "/order/user/orders")):
            with self.subTest(method=method, path=path):
                body = {} if method in ("POST", "PUT") else None
                answer = self.site.curl(method, path, body, token=None)
                self.problem(answer, 401, "unauthenticated")
                self.assertIn("Bearer", answer.headers["www-authenticate"])
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json"):
            self.assertEqual(self.site.curl("GET", path, token=None).status, 200, path)

    # ---- lists ----

    def page(self, path, token="admin"):
        answer = self.site.curl("GET", path, token=token)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def test_a_list_is_walked_by_its_links_without_gap_or_double(self):
        user = str(uuid.uuid4())
        token = self.site.token(user, "customer")
        made = [self.site.create((IBUPROFEN, 1), token=token).json["order_id"] for _ in range(7)]
        seen, path = [], "/order/user/orders?limit=3&status=PENDING"
        sizes = []
        while path:
            answer = self.page(path, token)
            sizes.append(len(answer.json["orders"]))
            seen += [order["order_id"] for order in answer.json["orders"]]
            link = answer.headers.get("link")
            self.assertEqual(bool(link), answer.json["next_cursor"] is not None)
            path = re.match(r'<([^>]+)>; rel="next"', link).group(1) if link else None
            if path:
                query = parse_qs(urlsplit(path).query)
                self.assertEqual((query["limit"], query["status"]), (["3"], ["PENDING"]))
        self.assertEqual(seen, made[::-1])
        self.assertEqual(sizes, [3, 3, 1])

    def test_all_orders_are_for_those_who_may_and_filters_narrow_them(self):
        user = str(uuid.uuid4())
        token = self.site.token(user, "customer")
        small = self.site.create((PARACETAMOL, 1), token=token).json
        big = self.site.create((IBUPROFEN, 10), token=token).json
        self.put(big["order_id"], {"status": "CONFIRMED"})

        def ids(query):
            return [o["order_id"] for o in
                    self.page(f"/order/orders?user_id={user}&{query}").json["orders"]]
        self.assertEqual(ids(""), [big["order_id"], small["order_id"]])
        self.assertEqual(ids("status=CONFIRMED"), [big["order_id"]])
        self.assertEqual(ids("min_total=100.00"), [big["order_id"]])
        self.assertEqual(ids("max_total=5.99"), [small["order_id"]])
        self.assertEqual(ids("max_total=5.98"), [])
        self.assertEqual(ids("created_from=" + big["created_at"] + "&max_total=1000")[0],
                         big["order_id"])
        self.assertEqual(ids("created_to=2020-01-01T00:00:00Z"), [])

    def test_the_callers_list_ignores_nobody_elses(self):
        self.site.create((IBUPROFEN, 1), token="customer")
        own = self.page("/order/user/orders?limit=100", "neighbour").json["orders"]
        self.assertEqual({o["user_id"] for o in own} - {NEIGHBOUR}, set())
        own = self.page("/order/user/orders", "customer").json["orders"]
        self.assertEqual({o["user_id"] for o in own}, {CUSTOMER})

    def test_bad_list_parameters_are_named(self):
        for query in ("limit=0", "limit=101", "limit=x", "status=OPEN", "user_id=me",
                      "created_from=yesterday", "min_total=1.234", "cursor=", "cursor=abc",
                      "cursor=" + "A" * 5000):
            with self.subTest(query=query[:40]):
                answer = self.site.curl("GET", "/order/orders?" + query, token="admin")
                body = self.problem(answer, 422, "validation-failed")
                self.assertEqual(len(body["errors"]), 1)
                self.assertIn(query.split("=")[0], body["errors"][0]["pointer"])

    # ---- conditional requests ----

    def test_if_match_guards_a_change(self):
        order_id = self.order_in("PENDING")
        self.problem(self.put(order_id, {"status": "CONFIRMED"}, headers=['If-Match: "7"']), 412,
                     "version-mismatch")
        ok = self.put(order_id, {"status": "CONFIRMED"}, headers=['If-Match: "1"'])
        self.assertEqual(ok.status, 200, ok)
        self.problem(self.site.curl("DELETE", "/order/orders/" + order_id, token="admin",
                                    headers=['If-Match: "1"']), 412, "version-mismatch")
        self.assertEqual(self.put(order_id, {"status": "COMPLETED"},
                                  headers=["If-Match: *"]).status, 200)

    def test_if_match_compares_strongly_and_takes_lists(self):
        order_id = self.order_in("PENDING")
        for untrue in (['W/"1"'], ['"2"', '"3"'], ['"2", W/"1"'], [""], ["1"], ['*, "1"'],
                       ["*", '"1"'], ['"1" "2"'], ['"1']):
            with self.subTest(untrue):
                headers = ["If-Match: " + v if v else "If-Match;" for v in untrue]
                answer = self.put(order_id, {"status": "CONFIRMED"}, headers=headers)
                self.problem(answer, 412, "version-mismatch")
                self.assertEqual(answer.headers["etag"], '"1"')
        confirmed = self.put(order_id, {"status": "CONFIRMED"},
                             headers=['If-Match: "7", "8"', 'If-Match: W/"1", "1"'])
        self.assertEqual(confirmed.status, 200, confirmed)

    def test_if_none_match_guards_a_change_too(self):
        order_id = self.order_in("PENDING")
        for untrue in ('"1"', 'W/"1"', "*", '"7", "1"'):
            answer = self.put(order_id, {"status": "CONFIRMED"},
                              headers=["If-None-Match: " + untrue])
            self.problem(answer, 412, "version-mismatch")
            self.problem(self.site.curl("DELETE", "/order/orders/" + order_id, token="admin",
                                        headers=["If-None-Match: " + untrue]), 412,
                         "version-mismatch")
        self.assertEqual(self.put(order_id, {"status": "CONFIRMED"},
                                  headers=['If-None-Match: "7"']).status, 200)

    def test_what_would_fail_anyway_fails_for_its_own_reason(self):
        absent = str(uuid.uuid4())
        self.problem(self.put(absent, {"status": "CONFIRMED"}, headers=["If-Match: *"]), 404,
                     "order-not-found")
        order_id = self.order_in("PENDING")
        self.problem(self.put(order_id, {"status": "OPEN"}, headers=['If-Match: "7"']), 422,
                     "validation-failed")

    def test_if_none_match_saves_the_body(self):
        path = "/order/orders/" + self.order_in("PENDING")
        for known in (['"1"'], ['W/"1"'], ["*"], ['"7", "1"'], ['"7"', 'W/"1"']):
            headers = ["If-None-Match: " + value for value in known]
            for method in ("GET", "HEAD"):
                with self.subTest(known, method=method):
                    same = self.site.curl(method, path, token="admin", headers=headers)
                    self.assertEqual((same.status, same.body, same.headers["etag"]),
                                     (304, "", '"1"'))
                    self.assertNotIn("content-type", same.headers)
        for other in ('"9"', "1", '"1" x', '*, "1"'):
            answer = self.site.curl("GET", path, token="admin",
                                    headers=["If-None-Match: " + other])
            self.assertEqual((answer.status, answer.headers["etag"]), (200, '"1"'))

    def test_if_match_comes_before_if_none_match(self):
        path = "/order/orders/" + self.order_in("PENDING")

        def get(*headers):
            return self.site.curl("GET", path, token="admin", headers=headers)
        self.problem(get('If-Match: "7"', 'If-None-Match: "1"'), 412, "version-mismatch")
        self.assertEqual(get('If-Match: "1"', 'If-None-Match: "1"').status, 304)
        self.assertEqual(get('If-Match: "1"', 'If-None-Match: "7"').status, 200)

    # ---- creating ----

    def create_error(self, body, status, code, token="pharmacist"):
        return self.problem(self.site.curl("POST", "/order/orders", body, token=token), status,
                            code)

    def test_every_wrong_field_is_told_at_once(self):
        problem = self.create_error({"items": [
            {"product_id": "x", "quantity": 0}, {"quantity": 1.5}, 7,
            {"product_id": IBUPROFEN, "quantity": 1000001},
            {"product_id": IBUPROFEN, "quantity": "1", "price": "1.999"}],
            "notes": 5}, 422, "validation-failed")
        pointers = {error["pointer"] for error in problem["errors"]}
        self.assertEqual(pointers, {
            "/items/0/product_id", "/items/0/quantity", "/items/1/product_id",
            "/items/1/quantity", "/items/2", "/items/3/quantity", "/items/4/quantity",
            "/items/4/price", "/notes"})

    def test_items_are_one_to_two_hundred(self):
        for items in ([], None, "x", {}, [{"product_id": IBUPROFEN, "quantity": 1}] * 201):
            problem = self.create_error({"items": items}, 422, "validation-failed")
            self.assertEqual(problem["errors"][0]["pointer"], "/items")
        self.create_error({}, 422, "validation-failed")
        self.create_error([], 422, "validation-failed")
        self.create_error("text", 422, "validation-failed")

    def test_merged_lines_keep_the_limit_of_one(self):
        line = {"product_id": IBUPROFEN, "quantity": 600000}
        self.create_error({"items": [line, line]}, 422, "validation-failed")

    def test_unknown_and_inactive_products_are_named(self):
        for which in (product("ff"), RANITIDINE):
            problem = self.create_error({"items": [{"product_id": which, "quantity": 1}]}, 422,
                                        "unknown-product")
            self.assertIn(which, str(problem))

    def test_a_price_that_differs_is_refused_and_one_that_agrees_is_taken(self):
        def body(price):
            return {"items": [{"product_id": IBUPROFEN, "quantity": 1, "price": price}]}
        problem = self.create_error(body("10.98"), 409, "price-mismatch")
        self.assertIn("10.99", str(problem))
        for price in ("10.99", 10.99):
            self.assertEqual(self.site.curl("POST", "/order/orders", body(price)).status, 201)
        for price in ("10.990", 10.991, "-10.99", "1e1", True, "ten", [], "99999999999999999999"):
            problem = self.create_error(body(price), 422, "validation-failed")
            self.assertEqual(problem["errors"][0]["pointer"], "/items/0/price")

    def test_too_little_stock_names_each_short_product(self):
        short = self.create_error({"items": [{"product_id": product("08"), "quantity": 1000},
                                             {"product_id": IBUPROFEN, "quantity": 1}]}, 409,
                                  "out-of-stock")
        text = str(short)
        self.assertIn(product("08"), text)
        self.assertNotIn(IBUPROFEN, text)
        self.assertIn("200", text)

    def test_prescription_items_need_a_pharmacist(self):
        body = {"items": [{"product_id": AMOXICILLIN, "quantity": 1}]}
        problem = self.create_error(body, 422, "policy-denied", token="customer")
        self.assertIn("prescription", problem["policy"])
        self.assertTrue(problem["reason"])
        self.assertEqual(self.site.curl("POST", "/order/orders", body, token="pharmacist").status,
                         201)

    # ---- bodies that are no JSON, or no good ----

    def post_raw(self, raw, content_type="application/json"):
        return self.site.curl("POST", "/order/orders", raw=raw,
                              headers=["Content-Type: " + content_type])

    def test_bodies_that_cannot_be_read_are_400(self):
        good = b'{"items":[{"product_id":"' + IBUPROFEN.encode() + b'","quantity":1}]'
        cases = {
            "malformed": b'{"items":', "empty": b" ", "two values": b"{}{}",
            "invalid utf-8": good + b',"notes":"\xff\xfe"}',
            "overlong utf-8": good + b',"notes":"\xc0\xaf"}',
            "raw NUL": good + b',"notes":"a\x00b"}',
            "escaped NUL": good + b',"notes":"a\\u0000b"}',
            "lone surrogate": good + b',"notes":"\\ud800"}',
            "deep": b"[" * 100000, "deep objects": b'{"a":' * 100000,
            "huge integer": b'{"items":[{"quantity":' + b"9" * 400 + b"}]}",
            "exponent": b'{"items":[{"quantity":1e999}]}',
            "NaN": b'{"items":[{"quantity":NaN}]}', "hexadecimal": b'{"items":[{"quantity":0x1}]}',
            "same name twice": good + b',"items":[]}',
            "comment": b"{} // no", "single quotes": b"{'items':[]}",
        }
        for name, raw in cases.items():
            with self.subTest(name):
                self.problem(self.post_raw(raw), 400, "invalid-json")

    def test_a_number_that_would_be_rounded_is_no_price(self):
        raw = (b'{"items":[{"product_id":"%s","quantity":1,"price":10.990000000000000001}]}'
               % IBUPROFEN.encode())
        self.assertIn(self.post_raw(raw).status, (400, 422))

    def test_other_media_types_are_415(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            self.problem(self.post_raw(b"{}", kind), 415, "unsupported-media-type")

    def test_a_body_of_more_than_the_limit_is_413(self):
        self.problem(self.post_raw(b"[" + b" " * (1 << 20) + b"]"), 413, "payload-too-large")

    # ---- paths and methods ----

    def test_unknown_paths_and_methods(self):
        for path in ("/", "/order", "/order/orders/", "/order/orders/x/y", "/order/orders/%zz",
                     "/order/orders/not-a-uuid", "//order/orders", "/order/../order/orders"):
            with self.subTest(path):
                answer = self.site.curl("GET", path, token="admin")
                self.assertIn((answer.status, answer.code), ((404, "route-not-found"),
                                                             (400, "bad-request")), answer)
        answer = self.site.curl("PATCH", "/order/orders", {}, token="admin")
        self.problem(answer, 405, "method-not-allowed")
        self.assertEqual({m.strip() for m in answer.headers["allow"].split(",")}
                         - {"HEAD", "OPTIONS"}, {"GET", "POST"})

    def test_head_is_get_without_the_body(self):
        order_id = self.order_in("PENDING")
        head = self.site.curl("HEAD", "/order/orders/" + order_id, token="admin")
        get = self.site.get(order_id)
        self.assertEqual((head.status, head.body), (200, ""))
        self.assertEqual(head.headers["content-length"], get.headers["content-length"])
        self.assertEqual(head.headers["etag"], get.headers["etag"])

    # ---- tracing ----

    def test_the_callers_trace_goes_on_into_answers_and_events(self):
        trace = uuid.uuid4().hex
        answer = self.site.curl("GET", "/order/orders/" + str(uuid.uuid4()), token="admin",
                                headers=[f"traceparent: 00-{trace}-00f067aa0ba902b7-01"])
        self.assertEqual(answer.json["trace_id"], trace)
        order = self.site.curl("POST", "/order/orders",
                               {"items": [{"product_id": IBUPROFEN, "quantity": 1}]},
                               headers=[f"traceparent: 00-{trace}-00f067aa0ba902b7-01"])
        self.assertEqual(order.status, 201)
        carried = [event.traceparent for event in Stored(self.site).events
                   if event.order_id == order.json["order_id"]]
        self.assertRegex(carried[0], f"^00-{trace}-[0-9a-f]{{16}}-01$")

    # ---- health ----

    def test_the_metrics_tell_of_routes_store_events_and_lua(self):
        self.site.create((IBUPROFEN, 1))
        text = self.site.curl("GET", "/metrics", token=None).body
        for name in ("orderd_http_request_seconds_bucket", "orderd_store_seconds_bucket",
                     "orderd_events_published_total", "orderd_lua_memory_bytes", "orderd_tasks"):
            self.assertIn(name, text)
        self.assertIn('route="/order/orders"', text)

    def test_the_openapi_document_names_every_route(self):
        document = self.site.curl("GET", "/openapi.json", token=None).json
        self.assertTrue(document["openapi"].startswith("3.1"))
        self.assertEqual(set(document["paths"]), {
            "/order/orders", "/order/orders/{order_id}", "/order/user/orders", "/livez", "/readyz",
            "/metrics", "/openapi.json", "/asyncapi.json"})


if __name__ == "__main__":
    unittest.main()
