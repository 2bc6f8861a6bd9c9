"""The servers of the walkthrough: a listener over HTTP, a mail server, and the one that is tried."""

import base64
import contextlib
import email
import email.policy
import http.server
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from aiosmtpd.controller import Controller
from clients_models import expect
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509 import load_pem_x509_certificate

PATIENCE = 60

certificates = {}


def expect_signed(envelope):
    """Holds the signature of an envelope against the certificate that it names."""
    url = envelope["SigningCertURL"]
    if url not in certificates:
        certificates[url] = load_pem_x509_certificate(visit(url)).public_key()
    if envelope["Type"] == "Notification":
        fields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        fields = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in fields if name in envelope)
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[envelope["SignatureVersion"]]
    try:
        certificates[url].verify(base64.b64decode(envelope["Signature"]), text.encode(), PKCS1v15(), algorithm)
    except InvalidSignature as error:
        expect(False, "the signature fits", repr(error), envelope)


def visit(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=PATIENCE) as answer:
        return answer.read()


def until(holds, pause=0.1):
    """Asks again until it holds; `False` when it never does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


class Web:
    """A listener that confirms its subscription."""

    def __init__(self):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                kind = self.headers["x-amz-sns-message-type"]
                requests.append({"type": kind, "headers": dict(self.headers), "body": body})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if kind == "SubscriptionConfirmation":
                    expect_signed(body)
                    visit(body["SubscribeURL"])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


class Mail:
    """A server that keeps its letters."""

    def __init__(self, port):
        self.letters, self.port = [], port

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        expect(envelope.rcpt_tos == ["ops@example.com"], "letters go to ops@example.com", envelope.rcpt_tos)
        text = "\n".join(part.get_content() for part in letter.walk() if part.get_content_maintype() == "text")
        self.letters.append({"subject": letter["Subject"], "text": text})
        return "250 taken"


@contextlib.contextmanager
def sinks():
    with socket.create_server(("127.0.0.1", 0)) as free:
        mail = Mail(free.getsockname()[1])
    controller, web = Controller(mail, hostname="127.0.0.1", port=mail.port), Web()
    controller.start()
    threading.Thread(target=web.server.serve_forever, daemon=True).start()
    try:
        yield web, mail
    finally:
        controller.stop()
        web.server.shutdown()


@contextlib.contextmanager
def serving(program, scenario, place, smtp):
    path = Path(place) / "clients.toml"
    path.write_text(scenario)
    arguments = ["--listen", "127.0.0.1:0", "--speed", "60", "--smtp", f"smtp://127.0.0.1:{smtp}"]
    server = subprocess.Popen([program, "serve", path, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        for line in server.stdout:
            if found := re.search(r"listening on (http://[\d.:]+)", line):
                break
        else:
            sys.exit(f"the server ended with {server.wait()}")
        yield found.group(1)
        server.send_signal(signal.SIGTERM)
        code = server.wait(PATIENCE)
        expect(code in [0, 130], "the server stops when it is asked to", code)
    finally:
        server.kill()
