"""Clients that keep their connections and ask again as soon as they have an answer: is every one of them served?"""

import select
import socket
import time
from dataclasses import dataclass


@dataclass
class Client:
    connection: socket.socket
    asked: float = 0
    received: bytes = b""
    answers: int = 0
    longest: float = 0

    def ask(self, request):
        self.asked = time.monotonic()
        self.received = b""
        self.connection.sendall(request)

    def is_answered(self):
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if b"transfer-encoding: chunked" in head.lower():
            return body.endswith(b"0\r\n\r\n")
        return len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])


def measure(port, path, cookie, clients, seconds):
    """The fewest and the most answers one client got, and the longest anyone waited (ms), also for nothing."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
    poll = select.epoll()
    waiting = {}
    for _ in range(clients):
        client = Client(socket.create_connection(("127.0.0.1", port), timeout=10))
        waiting[client.connection.fileno()] = client
        poll.register(client.connection, select.EPOLLIN)
    for client in waiting.values():
        client.ask(request)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for number, _ in poll.poll(0.1):
            client = waiting[number]
            received = client.connection.recv(65536)
            if not received:
                raise ConnectionError("nginx has closed a connection")
            client.received += received
            if client.is_answered():
                if b'{"_success": true' not in client.received:
                    raise ConnectionError(f"refused: {client.received!r}")
                client.answers += 1
                client.longest = max(client.longest, time.monotonic() - client.asked)
                client.ask(request)
    now = time.monotonic()
    for client in waiting.values():
        client.longest = max(client.longest, now - client.asked)
        client.connection.close()
    answers = [client.answers for client in waiting.values()]
    return min(answers), max(answers), 1000 * max(client.longest for client in waiting.values())
