-- What wrk sends. Arguments: JOB ROUND DOMAINS COOKIE LENGTH.
--   ROUND    makes the names of new users unique
--   DOMAINS  how many numbered domains there are; each has a hundred users
--   LENGTH   how long the answer is to be, for the responder that answers a constant; - for one that decides itself
-- One line of JSON at the end says what came of it.

local threads = 0

function setup(thread)
    thread:set("thread", threads)
    threads = threads + 1
end

local form = "application/x-www-form-urlencoded"

local function domain(number) return string.format("d%05d.example", number) end

local function any_user()
    local number = math.random(0, domains * 100 - 1)
    return string.format("user%07d@%s", number, domain(math.floor(number / 100)))
end

local function get(path) return wrk.format("GET", path .. suffix) end

local function send(method, path, body) return wrk.format(method, path .. suffix, nil, body) end

local jobs = {}

function jobs.health() return get("/api/health") end

function jobs.user() return get("/api/user/" .. any_user()) end

function jobs.domain() return get("/api/domain/" .. domain(math.random(0, domains - 1))) end

function jobs.list_100() return get("/api/users/hundred.example") end

function jobs.list_10000() return get("/api/users/ten-thousand.example") end

function jobs.create()
    count = count + 1
    local name = string.format("new%s-%d-%d", round, thread, count)
    return send("POST", "/api/user/" .. name .. "@" .. domain(count % domains),
        "name=New+User&password=Secret-1234&quota=1024")
end

function jobs.update()
    count = count + 1
    return send("PUT", "/api/user/" .. any_user(), "name=Changed+" .. count .. "&quota=" .. 1024 + count % 1024)
end

-- The users are those that State.add_users has made; the threads take turns.
function jobs.delete()
    local number = count * 2 + thread
    count = count + 1
    return send("DELETE", string.format("/api/user/old%s-%d@%s", round, number, domain(number % domains)))
end

local function login(name)
    return send("POST", "/api/login", "username=" .. name .. "@admin.example&password=Secret-1234")
end

function jobs.login_bcrypt() return login("bcrypt") end

function jobs.login_fast() return login("fast") end

function jobs.mixed()
    if math.random(10) == 1 then return jobs.create() end
    return jobs.user()
end

function init(arguments)
    count = 0
    round = arguments[2]
    domains = tonumber(arguments[3])
    suffix = arguments[5] == "-" and "" or "?length=" .. arguments[5]
    math.randomseed(os.time() + thread * 1000)
    wrk.headers["Content-Type"] = form
    -- A login has no session yet.
    if not arguments[1]:find("^login") then wrk.headers["Cookie"] = arguments[4] end
    job = jobs[arguments[1]]
end

function request() return job() end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        '{"requests": %d, "seconds": %.6f, "failed": %d, "p50": %.3f, "p99": %.3f, "max": %.3f}',
        summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
