-- Asks the gateway whether a request may pass. HAProxy 2.6 or later with Lua (Debian's package has it); needs no other library.
--
--   lua-load /etc/haproxy/gatehouse.lua
--   http-request lua.gatehouse                  lets in who is logged in
--   http-request lua.gatehouse-role admin       lets in who has the role `admin` too
--   http-request deny deny_status 503 unless { var(txn.gatehouse_admitted) -m bool }
--
-- The last line must follow: HAProxy goes on with a request when a script fails.

local gateway = "http://127.0.0.1:3000"
local timeout_ms = 10000

-- What the gateway reads of a request: who speaks, and whether a browser goes to a page.
local asked_with = {
  "cookie", "authorization", "accept", "accept-language", "user-agent",
  "sec-fetch-mode", "sec-fetch-dest", "x-requested-with", "x-request-id",
}
local identity = {
  "remote-user", "remote-name", "remote-email", "remote-groups",
  "x-auth-subject", "x-auth-strategy", "x-auth-roles", "x-auth-omitted",
}
-- What a browser gets of a refusal.
local answered_with = {
  "location", "set-cookie", "cache-control", "content-type", "content-language", "content-security-policy",
  "www-authenticate", "retry-after", "x-request-id", "x-content-type-options",
}
local own_cookies = { gatehouse_session = true, refreshToken = true, gatehouse_device = true }
-- With COMPAT=django, unless the application is one of Django's and has a `sessionid` of its own:
-- own_cookies.sessionid = true

-- HAProxy counts the values of a header from 0.
local function values_of(headers, name)
  local list, values = {}, headers and headers[name]
  local index = 0
  while values and values[index] do
    table.insert(list, values[index])
    index = index + 1
  end
  return list
end

local function question(txn, headers)
  local host = txn.sf:req_fhdr("host")
  local asked = {
    ["host"] = { host },
    ["x-forwarded-host"] = { host },
    ["x-forwarded-proto"] = { txn.sf:ssl_fc() == 1 and "https" or "http" },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-for"] = { txn.sf:src() },
  }
  for _, name in ipairs(asked_with) do
    local values = values_of(headers, name)
    if #values > 0 then asked[name] = values end
  end
  return asked
end

-- The cookies of the gateway are keys to it and none of the application's business.
local function set_other_cookies(txn, headers)
  local others = {}
  for pair in table.concat(values_of(headers, "cookie"), ";"):gmatch("[^;]+") do
    local name = pair:match("^%s*([^=]-)%s*=") or ""
    name = name:gsub("^__Secure%-", ""):gsub("^__Host%-", "")
    if not own_cookies[name] then table.insert(others, pair:match("^%s*(.-)%s*$")) end
  end
  txn.http:req_del_header("cookie")
  if #others > 0 then txn.http:req_add_header("cookie", table.concat(others, "; ")) end
end

local function admit(txn, headers, answer)
  for _, name in ipairs(identity) do
    local value = values_of(answer.headers, name)[1] or ""
    txn.http:req_del_header(name)
    if value ~= "" then txn.http:req_add_header(name, value) end
  end
  set_other_cookies(txn, headers)
  local renewed = values_of(answer.headers, "set-cookie")[1]
  if renewed then txn:set_var("txn.gatehouse_set_cookie", renewed) end
  txn:set_var("txn.gatehouse_admitted", true)
end

local function refuse(txn, answer)
  local status = answer and answer.status or 0
  local reply = txn:reply({ status = (status >= 300 and status < 600) and status or 503 })
  for _, name in ipairs(answered_with) do
    for _, value in ipairs(values_of(answer and answer.headers, name)) do reply:add_header(name, value) end
  end
  if answer and answer.body and txn.sf:method() ~= "HEAD" then reply:set_body(answer.body) end
  txn:done(reply)
end

local function check(txn, query)
  local headers = txn.http:req_get_headers()
  local is_answered, answer = pcall(function()
    local url = gateway .. "/api/auth/verify" .. query
    return core.httpclient():get({ url = url, headers = question(txn, headers), timeout = timeout_ms })
  end)
  if is_answered and answer and answer.status and answer.status >= 200 and answer.status < 300 then
    admit(txn, headers, answer)
  else
    refuse(txn, is_answered and answer or nil)
  end
end

core.register_action("gatehouse", { "http-req" }, function(txn) check(txn, "") end, 0)
core.register_action("gatehouse-role", { "http-req" }, function(txn, role) check(txn, "?role=" .. role) end, 1)
