"""Who calls: tokens good and bad, keys replaced, and a foreign signer."""

import base64
import hashlib
import hmac
import json
import os
import time
import unittest
import uuid

from harness import CUSTOMER, Site, wait_for


def b64(data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SECRET = os.urandom(32)


def signed(claims, header=None, secret=SECRET):
    """A JWT made by this test itself."""
    text = b64(header or {"alg": "HS256", "kid": "test", "typ": "JWT"}) + "." + b64(claims)
    return text + "." + b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def claims(**more):
    now = int(time.time())
    base = {"sub": CUSTOMER, "iss": "orderd", "aud": "orderd", "exp": now + 600,
            "roles": ["customer"]}
    base.update(more)
    return {name: value for name, value in base.items() if value is not None}


class Identity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(peers=False)
        cls.write_keys(SECRET)
        cls.site.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    @classmethod
    def write_keys(cls, secret):
        with open(cls.site.jwks, "w", encoding="utf-8") as file:
            json.dump({"keys": [{"kty": "oct", "kid": "test", "alg": "HS256", "k": b64(secret)}]},
                      file)

    def status(self, token, path="/order/user/orders"):
        answer = self.site.curl("GET", path, token=token)
        if answer.status == 401:
            self.assertEqual(answer.code, "unauthenticated")
            self.assertIn("Bearer", answer.headers["www-authenticate"])
            if token and len(token) < 5000:
                self.assertNotIn(token.split(".")[-1] or "\0", answer.body)
        return answer.status

    def test_a_good_token_is_taken(self):
        self.assertEqual(self.status(signed(claims())), 200)
        self.assertEqual(self.status(signed(claims(aud=["other", "orderd"]))), 200)

    def test_scopes_permit_without_roles(self):
        self.assertEqual(self.status(signed(claims(roles=None, scope="orders:read"))), 200)
        self.assertEqual(self.status(signed(claims(roles=None, scope="orders:create"))), 403)
        self.assertEqual(self.status(signed(claims(roles=None))), 403)
        self.assertEqual(self.status(signed(claims(roles=None, scope="orders:read:any")),
                                     "/order/orders"), 200)

    def test_bad_claims_are_refused(self):
        now = int(time.time())
        for name, bad in {
                "expired": claims(exp=now - 120), "no exp": claims(exp=None),
                "not yet": claims(nbf=now + 300), "other issuer": claims(iss="evil"),
                "no issuer": claims(iss=None), "other audience": claims(aud="evil"),
                "no audience": claims(aud=None), "no subject": claims(sub=None),
                "subject no uuid": claims(sub="root"), "exp a text": claims(exp="never"),
                "exp huge": claims(exp=10 ** 30), "sub a number": claims(sub=7),
                "roles a number": claims(roles=7)}.items():
            with self.subTest(name):
                self.assertEqual(self.status(signed(bad)), 401)

    def test_forged_tokens_are_refused(self):
        good = signed(claims())
        head, body, signature = good.split(".")
        for name, token in {
                "alg none": b64({"alg": "none"}) + "." + body + ".",
                "alg none with signature": b64({"alg": "none", "kid": "test"}) + "." + body + "."
                                           + signature,
                "alg None": b64({"alg": "None"}) + "." + body + ".",
                "other key": signed(claims(), secret=os.urandom(32)),
                "empty signature": head + "." + body + ".",
                "changed body": head + "." + b64(claims(roles=["admin"])) + "." + signature,
                "other alg": signed(claims(), {"alg": "HS512", "kid": "test"}),
                "RS256 on an HMAC key": signed(claims(), {"alg": "RS256", "kid": "test"}),
                "unknown kid": signed(claims(), {"alg": "HS256", "kid": "other"}),
                "crit": signed(claims(), {"alg": "HS256", "kid": "test", "crit": ["x"]}),
                "own key": signed(claims(), {"alg": "HS256", "kid": "x", "jwk": {
                    "kty": "oct", "k": b64(SECRET)}}),
                "two parts": head + "." + body, "four parts": good + ".x", "dots": "..",
                "padding": good + "=", "a blank": head + "." + body + ". " + signature,
                "a text": "let-me-in", "no json": b64(b"{") + "." + body + "." + signature,
                "deep json": b64(b"[" * 3000) + "." + body + "." + signature,
                "oversized": signed(claims(pad="x" * 9000))}.items():
            with self.subTest(name):
                self.assertEqual(self.status(token), 401)

    def test_other_schemes_are_no_identity(self):
        token = signed(claims())
        for header, status in (("Basic " + token, 401), ("Bearer", 401), ("Bearer  ", 401),
                               (token, 401), ("bearer " + token, 200)):
            with self.subTest(header[:10]):
                answer = self.site.curl("GET", "/order/user/orders", token=None,
                                        headers=["Authorization: " + header])
                self.assertEqual(answer.status, status)

    def test_a_token_ends_while_it_is_cached(self):
        token = signed(claims(exp=int(time.time()) - 24))  # within the leeway of 30 s for 6 s more
        self.assertEqual(self.status(token), 200)
        wait_for("the end of the token", lambda: self.status(token) == 401)

    def test_tokens_are_never_logged(self):
        token = signed(claims(sub=str(uuid.uuid4())))
        self.status(token)
        self.status(token + "x")
        self.assertNotIn(token[-40:], self.site.orderd.log())

    def test_keys_are_read_again_on_reload(self):
        other = os.urandom(32)
        old, new = signed(claims()), signed(claims(), secret=other)
        self.assertEqual((self.status(old), self.status(new)), (200, 401))
        self.write_keys(other)
        try:
            self.site.orderctl("reload")
            self.assertEqual((self.status(old), self.status(new)), (401, 200))
            with open(self.site.jwks, "w", encoding="utf-8") as file:
                file.write('{"keys":[{"kty":"oct","k":"c2hvcnQ","alg":"HS256"}]}')
            result = self.site.orderctl("reload", check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("jwks.json", result.stderr)
            self.assertEqual(self.status(new), 200)
        finally:
            self.write_keys(SECRET)
            self.site.orderctl("reload")


class Orderctl(unittest.TestCase):
    def test_tokens_of_every_role_and_algorithm_are_taken(self):
        for alg in ("ES256", "RS256", "PS256", "HS256"):
            with self.subTest(alg):
                site = Site(peers=False)
                os.remove(site.jwks)
                site.orderctl("keys", "generate", "--alg", alg, "--jwks", site.jwks)
                self.assertEqual(os.stat(site.jwks).st_mode & 0o777, 0o600)
                with site:
                    for role in ("customer", "pharmacist", "admin"):
                        self.assertEqual(site.curl("GET", "/order/user/orders",
                                                   token=role).status, 200)

    def test_usage_errors_are_told(self):
        site = Site(peers=False)
        try:
            for arguments in ((), ("nothing",), ("token",), ("token", "--user", "me"),
                              ("token", "--user", CUSTOMER, "--colour", "red")):
                result = site.orderctl(*arguments, check=False)
                self.assertEqual(result.returncode, 2, arguments)
                self.assertTrue(result.stderr)
            self.assertIn("reload", site.orderctl("--help"))
            result = site.orderctl("reload", check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("orderd", result.stderr)
        finally:
            site.close()


if __name__ == "__main__":
    unittest.main()
