"""A test in Python that adds a user to pullsim's registry and logs in: standard library only."""

import base64
import json
import sys
import urllib.error
import urllib.request

with open(sys.argv[1], encoding="utf-8") as file:
    ready = json.load(file)
control = ready["control"]


def call(method, path, body=None, token=control["token"]):
    request = urllib.request.Request(
        control["url"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + token, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            print(method, path, answer.status)
            return json.loads(text) if text else None
    except urllib.error.HTTPError as refused:
        print(method, path, refused.code)
        return json.load(refused)


call("GET", "/requests", token="wrong")
call("PUT", "/users", {"users": [{"name": "py", "password": "py-password"}]})
login = base64.b64encode(b"py:py-password").decode()
urllib.request.urlopen(
    urllib.request.Request(
        ready["url"] + "/token?service=registry.docker.io",
        headers={"Authorization": "Basic " + login},
    )
).close()
journal = call("GET", "/requests")["requests"]
print([(entry["kind"], entry["identity"]) for entry in journal])
print(call("PUT", "/seed", {"repositories": [{"nam": "x"}]})["error"]["mistakes"][0])
call("POST", "/reset")
print(call("GET", "/requests"))
