"""Postern behind nginx as it is installed, and beside it what it is compared with; each in a session of its own."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import time

import processes

# "limited" is Postern with the limits of the installation.
PORTS = {"postern": 0, "null": 1, "php": 2, "uwsgi": 3, "limited": 4, "postgresql": 5}


class Servers:
    """Everything that is started here ends with `stop`, or when this program does."""

    def __init__(self, work, here, postern, state, port):
        self.work = work
        self.here = here
        self.postern = postern
        self.state = state
        self.port = port
        self.running = {}
        self.cookie = ""
        # Of the session at the Postern whose rows are at a server: it has its own.
        self.server_cookie = ""

    def url(self, target):
        return f"http://127.0.0.1:{self.port + PORTS[target]}"

    # --- Starting and stopping ---

    def start(self, name, *command, **environment):
        log = open(f"{self.work}/{name}.log", "a")
        self.running[name] = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command], start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, **environment})
        return self.running[name]

    def stop_one(self, name):
        """Asks it to end; after eight seconds it is ended, with all it had started."""
        child = self.running.pop(name)
        for sign in [signal.SIGTERM, signal.SIGKILL]:
            for process in [child.pid] if sign == signal.SIGTERM else processes.of_session(child.pid):
                try:
                    os.kill(process, sign)
                except ProcessLookupError:
                    pass
            limit = time.monotonic() + 8
            while time.monotonic() < limit:
                child.poll()
                if not processes.of_session(child.pid):
                    child.wait()
                    return
                time.sleep(0.05)

    def stop(self):
        # nginx first: nobody meets a server that is gone.
        for name in sorted(self.running, key=lambda name: name != "nginx"):
            self.stop_one(name)

    def wait_for(self, what, is_there, limit=15):
        end = time.monotonic() + limit
        while not is_there():
            for name, child in self.running.items():
                if child.poll() is not None:
                    raise SystemExit(f"bench: {name} ended at once:\n{self.tail(name)}")
            if time.monotonic() > end:
                raise SystemExit(f"bench: {what} does not come:\n{self.tail('postern')}")
            time.sleep(0.002)

    def tail(self, name):
        with open(f"{self.work}/{name}.log") as file:
            return "".join(file.readlines()[-5:])

    # --- The servers ---

    def start_postern(self, *under):
        """Under another program, or alone."""
        socket = f"{self.work}/postern.sock"
        self.start(
            "postern", *under, self.postern, "serve", "--state", self.state.directory,
            "--settings", self.state.settings, "--socket", socket)
        self.wait_for("Postern's socket", lambda: os.path.exists(socket))
        if os.geteuid() == 0:
            shutil.chown(socket, group="www-data")

    def start_postern_at_server(self, settings):
        """A second one, whose rows are at a PostgreSQL server."""
        socket = f"{self.work}/postgresql.sock"
        self.start(
            "postgresql", self.postern, "serve", "--state", f"{self.work}/server-state", "--settings", settings,
            "--socket", socket)
        self.wait_for("the socket of the Postern at the server", lambda: os.path.exists(socket))
        if os.geteuid() == 0:
            shutil.chown(socket, group="www-data")

    def postern_process(self):
        """Not what it was started under."""
        found = processes.of_session(self.running["postern"].pid)
        program = os.path.realpath(self.postern)
        return next(process for process in found if os.readlink(f"/proc/{process}/exe") == program)

    def start_null(self):
        self.start("null", f"{self.work}/null", f"{self.work}/null.sock")

    def start_php(self):
        program = max(name for name in os.listdir("/usr/sbin") if re.fullmatch(r"php-fpm\d.*", name))
        as_root = os.geteuid() == 0
        with open(f"{self.work}/php.conf", "w") as file:
            file.write(
                f"[global]\npid = {self.work}/php.pid\nerror_log = {self.work}/php.log\ndaemonize = no\n"
                f"[bench]\nlisten = {self.work}/php.sock\nlisten.mode = 0666\npm = static\npm.max_children = 4\n"
                + ("user = root\n" if as_root else ""))
        self.start("php", program, *(["-R"] if as_root else []), "-y", f"{self.work}/php.conf")

    def start_uwsgi(self, database):
        self.start(
            "uwsgi", "uwsgi", "--plugin", "python3", "--socket", f"{self.work}/uwsgi.sock", "--chmod-socket=666",
            "--wsgi-file", f"{self.here}/peer.py", "--processes", "2", "--listen", "100", "--disable-logging",
            "--master", "--need-app", "--die-on-term", DATABASE=database)

    def start_nginx(self, targets):
        work = self.work
        subprocess.run(
            [self.postern, "print-config", "nginx", "--settings", self.state.settings,
             "--socket", f"{work}/postern.sock", "--output", work], check=True, stdout=subprocess.DEVNULL)
        with open(f"{work}/postern-locations.conf") as file:
            locations = file.read()
        locations = locations.replace("/var/log/nginx/", f"{work}/")
        locations = locations.replace("/etc/nginx/postern-gate.conf", f"{work}/gate.conf")
        limited = locations
        # Nobody is to be kept from asking too often here; everything else is as installed.
        locations = re.sub(r"(?m)^ *limit_(req|conn) .*\n", "", locations)
        servers = {
            "postern": locations,
            "limited": limited,
            "null": locations.replace("fastcgi_pass postern;", "fastcgi_pass null;"),
            "postgresql": locations.replace("fastcgi_pass postern;", "fastcgi_pass postgresql;"),
            "php": "location / { include /etc/nginx/fastcgi_params; fastcgi_param DATABASE %s/peer.db;"
            " fastcgi_param SCRIPT_FILENAME %s/peer.php; fastcgi_pass unix:%s/php.sock; }" % (work, self.here, work),
            "uwsgi": "location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:%s/uwsgi.sock; }" % work,
        }
        text = "user www-data;\n" if os.geteuid() == 0 else ""
        text += f"""
            worker_processes 2;
            pid {work}/nginx.pid;
            error_log {work}/nginx.log warn;
            events {{ worker_connections 1024; }}
            http {{
                client_body_temp_path {work}/temp/body;
                fastcgi_temp_path {work}/temp/fastcgi;
                proxy_temp_path {work}/temp/proxy;
                uwsgi_temp_path {work}/temp/uwsgi;
                scgi_temp_path {work}/temp/scgi;
                access_log off;
                keepalive_requests 1000000;
                include {work}/postern-http.conf;
                upstream null {{ server unix:{work}/null.sock; keepalive 64; }}
                upstream postgresql {{ server unix:{work}/postgresql.sock; keepalive 64; }}
            """
        for target in targets:
            text += f"server {{ listen 127.0.0.1:{self.port + PORTS[target]}; {servers[target]} }}\n"
        with open(f"{work}/nginx.conf", "w") as file:
            file.write(text + "}\n")
        self.start(
            "nginx", "nginx", "-p", work, "-e", f"{work}/nginx.log", "-c", f"{work}/nginx.conf", "-g", "daemon off;")
        self.wait_for("nginx", lambda: self.ask("GET", "/api/health")[0] == 200)

    # --- Asking ---

    def ask(self, method, path, body=None, target="postern"):
        """Status and body of one answer; status 0 when there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port + PORTS[target], timeout=30)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie_of(target)}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            cookie = answer.getheader("Set-Cookie")
            if cookie and target == "postgresql":
                self.server_cookie = cookie.split(";")[0]
            elif cookie:
                self.cookie = cookie.split(";")[0]
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def cookie_of(self, target):
        return self.server_cookie if target == "postgresql" else self.cookie

    def log_in(self, name, password, target="postern"):
        if target == "postern":
            self.cookie = ""
        status, body = self.ask("POST", "/api/login", f"username={name}&password={password}", target)
        if b'"_success": true' not in body:
            raise SystemExit(f"bench: the login was answered with {status} {body.decode()}")

    def figures(self, target="postern"):
        """How many requests Postern has answered, and how many of them it refused."""
        text = self.ask("GET", "/api/metrics", target=target)[1].decode()
        def total(name):
            return sum(int(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + "{"))
        return total("postern_requests_total"), total("postern_refusals_total")
