"""Validators of others, from the npm registry: three packages of fixed versions and contents, kept in
build/npm. npm itself fetches them where it is installed; where it is not (Debian's is four hundred
packages), a plain download does. Of each one file is used, which needs no other package."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import urllib.request

from harness import ROOT

CACHE = os.path.join(ROOT, "build", "npm")

# What AsyncAPI's own parser says of a document; the CloudEvents JSON schema, word for word, within
# what the CloudEvents SDK compiled of it; a validator of JSON schemas that knows the formats.
PACKAGES = {
    "@asyncapi/parser": (
        "3.6.6", "package/browser/index.js",
        "DppE3OStajt6gHc+RsVf9VxRwW9WACagHnFvkOML5rZGwS9hXxtFYTxnsH3mHPRgHom0rClMs6DpbjNY65Y54A=="),
    "cloudevents": (
        "10.0.0", "package/dist/schema/v1.js",
        "uyzC+PpMMRawbouHO+3mlisr3QfEDObmo2pN4oTTF6dZncZgpIzdasZx0tRBFI1dMsqCLZZXMtz8cUuvYqHdbw=="),
    "ajv": (
        "6.12.6", "package/dist/ajv.bundle.js",
        "j3fVLgvTo527anyYyJOGTYJbG+vnnQYvE0m5mmkc1TK+nxAppkCLMIL0aZ4dblVCNoGShhm+kzE4ZUykBoMg4g=="),
}


def is_whole(path, digest):
    """Is it the package that was meant, byte for byte? The digest is npm's own, SHA-512."""
    if not os.path.exists(path):
        return False
    with open(path, "rb") as file:
        return base64.b64encode(hashlib.sha512(file.read()).digest()).decode() == digest


def fetch_by_npm(name, version, directory):
    result = subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=directory,
                            text=True, capture_output=True, timeout=120, check=False)
    assert result.returncode == 0, f"npm pack {name}: {result.stderr[-1000:]}"


def fetch_by_url(name, version, directory):
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    short = name.rsplit("/", 1)[-1]
    url = f"{registry}/{name}/-/{short}-{version}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            data = answer.read()
    except OSError as error:
        raise AssertionError(f"{url} cannot be had: {error}") from error
    with open(os.path.join(directory, tarball(name, version)), "wb") as file:
        file.write(data)


def tarball(name, version):
    return f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"


def package(name, cache=CACHE, npm=shutil.which("npm")):
    """The path of a package's tarball. Fails when it cannot be had, or is another one."""
    version, _, digest = PACKAGES[name]
    os.makedirs(cache, exist_ok=True)
    path = os.path.join(cache, tarball(name, version))
    if not is_whole(path, digest):
        (fetch_by_npm if npm else fetch_by_url)(name, version, cache)
    assert is_whole(path, digest), f"{path} is not {name} {version} as it was published"
    return path


def unpack(directory):
    """Puts the one file of each package there: parser.js, cloudevents.js, ajv.js."""
    for name, (_, member, _) in PACKAGES.items():
        short = name.rsplit("/", 1)[-1]
        with tarfile.open(package(name)) as tar, \
                open(os.path.join(directory, short + ".js"), "wb") as out:
            shutil.copyfileobj(tar.extractfile(member), out)
