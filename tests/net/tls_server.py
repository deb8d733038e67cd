"""An HTTPS server of one connection: tls_server.py FOLDER HOST DAYS. Writes FOLDER/ca.pem, the authority of its
certificate for HOST, which ends in DAYS (negative: long ago), and prints its port. Answers with the protocol that was agreed on."""
import socket
import ssl
import subprocess
import sys

folder, host, days = sys.argv[1:]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)


key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=test authority")
openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=" + host)
with open(folder + "/ext", "w") as out:
    out.write("subjectAltName=DNS:%s\n" % host)
openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile", "ext", "-out", "server.pem")

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/server.pem", folder + "/server.key")
context.set_alpn_protocols(["h2", "http/1.1"])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    listener.settimeout(30)
    try:
        with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
            peer.recv(65536)
            said = (peer.selected_alpn_protocol() or "none").encode()
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
    except (ssl.SSLError, OSError):
        pass  # the client did not trust us
