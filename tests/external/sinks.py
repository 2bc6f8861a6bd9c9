"""A web server and an SMTP server that print what they take, a line of JSON each, until their input ends."""

import email
import email.policy
import http.server
import json
import socket
import sys
import threading

from aiosmtpd.controller import Controller


def say(what):
    print(json.dumps(what), flush=True)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        say({"what": "request", "path": self.path, "headers": dict(self.headers), "body": body})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail:
    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        defects = [str(defect) for part in letter.walk() for defect in part.defects]
        say(
            {
                "what": "letter",
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": dict(letter.items()),
                "text": letter.get_content(),
                "defects": defects,
            }
        )
        return "250 taken"


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
mail = Controller(Mail(), hostname="127.0.0.1", port=port)
mail.start()
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
threading.Thread(target=web.serve_forever, daemon=True).start()
say({"smtp": port, "http": web.server_port})
sys.stdin.read()
mail.stop()
