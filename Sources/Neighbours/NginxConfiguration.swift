/// The files nginx needs to serve the API: one for the `http` block, one for a `server` block.
///
/// `nginx/*.conf` in the repository are these texts for the default socket, without a gate secret.
/// Source: `Security.md` 3 and 5, `Performance.md` 2; tried with nginx 1.22 and 1.26.
package struct NginxConfiguration {
    private let socket: String
    private let gateInclude: String?
    private let basePath: String

    /// - Parameters:
    ///   - socket: absolute path of Postern's socket.
    ///   - gateInclude: absolute path of the file from which nginx takes the gate secret; nil when `FASTCGI_GATE_FILE`
    ///     is not set.
    ///   - basePath: the setting `API_BASE_PATH`.
    package init(socket: String = "/run/postern/postern.sock", gateInclude: String? = nil, basePath: String = "") {
        self.socket = socket
        self.gateInclude = gateInclude
        self.basePath = basePath
    }

    package var files: [(name: String, text: String)] {
        [(name: "postern-http.conf", text: http), (name: "postern-locations.conf", text: locations)]
    }

    private var http: String {
        """
        # Postern behind nginx, part 1 of 2. Install as /etc/nginx/conf.d/postern-http.conf: Debian's nginx.conf reads it
        # inside "http { }". Part 2 goes into the server.

        upstream postern {
            server unix:\(socket);
            # As many idle connections as each nginx worker may keep. Without them every request pays for a new one.
            keepalive 64;
            # Postern waits 90 s, so it is always nginx that closes, and no request meets a closing connection.
            keepalive_timeout 60s;
        }

        # Limits per client address; the location says how they are applied. A megabyte holds some 16,000 addresses.
        # Checking a password costs time, and guessing must be slow. So every request that checks one counts as a login.
        map $uri $postern_checks_password {
            ~^\(basePath)/api/+login/*$ 1;
            ~^\(basePath)/api/+verify_password/ 1;
            default 0;
        }
        # A made-up cookie of this form only moves the client to the third limit; Postern refuses it within microseconds.
        map $cookie_iRedAdmin $postern_shows_session {
            "~^[A-Za-z0-9_-]{43}$" 1;
            default 0;
        }
        # For each request exactly one of these is set; nginx does not count an empty key.
        map $postern_checks_password$postern_shows_session $postern_login_client {
            ~^1 $binary_remote_addr;
            default "";
        }
        map $postern_checks_password$postern_shows_session $postern_stranger {
            00 $binary_remote_addr;
            default "";
        }
        map $postern_checks_password$postern_shows_session $postern_session_client {
            01 $binary_remote_addr;
            default "";
        }
        # Scripts that log in before every operation are common; a wrong password is slowed by Postern itself.
        limit_req_zone $postern_login_client zone=postern_login:1m rate=60r/m;
        limit_req_zone $postern_stranger zone=postern_stranger:10m rate=20r/s;
        # A client that waits for each answer hardly exceeds this rate; a flood is slowed down to it.
        limit_req_zone $postern_session_client zone=postern_session:10m rate=2000r/s;
        limit_conn_zone $binary_remote_addr zone=postern_connections:10m;

        # The host that nginx itself went by, with the port the client gave. A browser's Origin is compared with it; the
        # raw Host header could differ from the host in the request line.
        map $http_host $postern_port {
            ~:(?<postern_given_port>[0-9]+)$ :$postern_given_port;
            default "";
        }

        # What nginx answers on its own has the same form as Postern's answers. The words are those of the API.
        map $status $postern_word {
            400 INVALID_PARAMETER;     # unreadable body
            403 NOT_AUTHORIZED;        # refused by an allow or deny directive
            405 METHOD_NOT_ALLOWED;
            413 INVALID_PARAMETER;     # body too large
            429 TOO_MANY_REQUESTS;     # from this address
            default INTERNAL_ERROR;    # Postern does not run, does not answer, or nginx itself failed
        }
        # A header whose value is empty is not sent.
        map $status $postern_allow {
            405 "GET, POST, PUT, DELETE";
            default "";
        }
        map $status $postern_retry_after {
            429 1;    # one login a second
            502 2;
            503 2;
            504 10;
            default "";
        }

        # No query string, cookie, body or header: the first may hold what belongs into a body, the others hold secrets.
        # The last field is the request's id, which Postern is told and the answer's X-Request-Id shows.
        log_format postern '$remote_addr [$time_iso8601] "$request_method $uri" $status $body_bytes_sent '
                           '$request_time $upstream_response_time $request_id';

        """
    }

    private var locations: String {
        """
        # Postern behind nginx, part 2 of 2. Install as /etc/nginx/snippets/postern-locations.conf and write inside the
        # "server { }" that speaks TLS for the mail server:
        #     include snippets/postern-locations.conf;

        # ^~: no location of the server that is a regular expression takes a request away from Postern.
        location ^~ \(basePath)/api/ {
            access_log /var/log/nginx/postern.log postern;

            # --- Refused by nginx itself ---

            # The API has these four methods.
            if ($request_method !~ ^(?:GET|POST|PUT|DELETE)$) {
                return 405;
            }
            # Postern takes no larger body either. In memory up to that size (a chunked one with its framing), so that
            # no password reaches a disk.
            client_max_body_size 128k;
            client_body_buffer_size 144k;
            client_body_timeout 15s;
            # Without a session, what exceeds rate and burst is refused, not delayed: waiting requests would hold
            # connections.
            limit_req zone=postern_login burst=60 nodelay;
            limit_req zone=postern_stranger burst=40 nodelay;
            # With a session, requests more than 5000 ahead of the rate are delayed. A client that waits for its answers
            # is never refused: it has at most one request per connection, and 200 more are allowed.
            limit_req zone=postern_session burst=5200 delay=5000;
            limit_req_status 429;
            # Enough for 64 connections that are busy all the time: nginx counts a connection a moment longer than it is
            # busy.
            limit_conn postern_connections 100;
            limit_conn_status 429;

            # --- Parameters for Postern: these only, each once ---

            # Never include the stock fastcgi_params here as well. Postern refuses a request with a repeated parameter.
            # No request header becomes a parameter by itself.
            fastcgi_pass_request_headers off;
            fastcgi_param REQUEST_METHOD $request_method;
            # As the client sent it. $uri, DOCUMENT_URI and the like are decoded: there %2F is a slash.
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            # The only client address that counts. Behind another proxy, set_real_ip_from decides what it is.
            fastcgi_param REMOTE_ADDR $remote_addr;
            # "on" or missing; with "on" the cookie gets Secure.
            fastcgi_param HTTPS $https if_not_empty;
            fastcgi_param HTTP_HOST $host$postern_port;
            fastcgi_param HTTP_COOKIE $http_cookie;
            # With these two Postern recognises a request that another site's page makes in a browser.
            fastcgi_param HTTP_ORIGIN $http_origin;
            fastcgi_param HTTP_SEC_FETCH_SITE $http_sec_fetch_site;
            fastcgi_param HTTP_PREFER $http_prefer;
            fastcgi_param REQUEST_ID $request_id;
        \(gate)

            # --- Connection to Postern ---

            fastcgi_pass postern;
            # Connections stay open between requests (with "keepalive" in part 1).
            fastcgi_keep_conn on;
            # A request is passed on when all of it is here, so that a slow client does not occupy Postern.
            fastcgi_request_buffering on;
            # Never send a request twice: when a kept connection dies, nginx would send a PUT or DELETE again.
            fastcgi_next_upstream off;
            # A change that has begun is finished and logged with its outcome, also when the client has gone.
            fastcgi_ignore_client_abort on;
            # Postern accepts at once or not at all; it takes a request as fast as nginx can write; and it answers
            # within 45 seconds, the change of a whole domain included.
            fastcgi_connect_timeout 2s;
            fastcgi_send_timeout 10s;
            fastcgi_read_timeout 60s;
            # nginx takes the answer as fast as Postern writes it and lets the client read at its own pace. 512 kB in
            # memory hold all but long lists.
            fastcgi_buffering on;
            fastcgi_buffers 32 16k;

            # --- Headers for the client ---

            # Postern's own refusals pass through as they are.
            fastcgi_intercept_errors off;
            # Answers are personal data: no browser may guess another type, nobody may store them.
            add_header X-Content-Type-Options nosniff always;
            add_header Cache-Control no-store always;
            add_header X-Request-Id $request_id always;
            error_page 400 403 405 413 429 500 502 503 504 @postern_refusal;
        }

        # What nginx refuses, in the API's envelope. `return` needs a number; error_page keeps the status.
        location @postern_refusal {
            access_log /var/log/nginx/postern.log postern;
            default_type application/json;
            add_header X-Content-Type-Options nosniff always;
            add_header Cache-Control no-store always;
            add_header X-Request-Id $request_id always;
            add_header Allow $postern_allow always;
            add_header Retry-After $postern_retry_after always;
            return 200 '{"_success": false, "_msg": "$postern_word"}';
        }

        """
    }

    private var gate: String {
        let meaning = """
                # The gate: a secret that proves to Postern that nginx is asking, not another program of nginx's user.
                # The file holds one line, fastcgi_param POSTERN_GATE "the secret"; and belongs to root with mode 0600.
                # The secret is the content of the file that Postern's FASTCGI_GATE_FILE names.
            """
        guard let gateInclude else { return meaning + "\n    # include /etc/nginx/postern-gate.conf;" }
        return meaning + "\n    include \(gateInclude);"
    }
}
