"""An upstream that speaks HTTP/2 and nothing else: answers each request with the events or the body it was given."""

import socket
import threading

import h2.config
import h2.connection
import h2.events


class Http2:
    """Serves over TLS (`context` with ALPN `h2`). `answer` is called with the request body and gives (content type, pieces)."""

    def __init__(self, context, answer):
        context.set_alpn_protocols(["h2"])
        self.context = context
        self.answer = answer
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as sock:
                self.speak(sock)
        except OSError:
            pass

    def speak(self, sock):
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        sock.sendall(connection.data_to_send())
        heads, bodies = {}, {}
        while data := sock.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id], bodies[event.stream_id] = dict(event.headers), b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self.reply(connection, sock, event.stream_id, heads[event.stream_id], bodies[event.stream_id])
            sock.sendall(connection.data_to_send())

    def reply(self, connection, sock, stream, head, body):
        self.requests.append((head, body))
        kind, pieces = self.answer(body)
        connection.send_headers(stream, [(":status", "200"), ("content-type", kind)])
        for piece in pieces:
            connection.send_data(stream, piece)
            sock.sendall(connection.data_to_send())
        connection.end_stream(stream)

    def stop(self):
        self.listener.close()
