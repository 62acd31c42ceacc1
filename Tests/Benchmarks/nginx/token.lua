-- usher's tokens in their first format, byte for byte: see Sources/Queue/Tokens/Payload.swift. OpenSSL
-- through the FFI, as lua-resty-hmac does it, with one context that is used again.
local ffi = require 'ffi'
local bit = require 'bit'

ffi.cdef [[
typedef struct evp_md_st EVP_MD;
typedef struct hmac_ctx_st HMAC_CTX;
const EVP_MD *EVP_sha256(void);
HMAC_CTX *HMAC_CTX_new(void);
int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const EVP_MD *md, void *impl);
int HMAC_Update(HMAC_CTX *ctx, const unsigned char *data, size_t len);
int HMAC_Final(HMAC_CTX *ctx, unsigned char *md, unsigned int *len);
int CRYPTO_memcmp(const void *a, const void *b, size_t len);
]]

local crypto = ffi.load('crypto.so.3')
local base64 = require 'ngx.base64'
local byte, char, sub = string.byte, string.char, string.sub
local floor = math.floor

local token = {}
local context = crypto.HMAC_CTX_new()
local digest = ffi.new('unsigned char[32]')

function token.key(secret)
  crypto.HMAC_Init_ex(context, secret, #secret, crypto.EVP_sha256(), nil)
end

local function tag(payload)
  crypto.HMAC_Init_ex(context, nil, 0, nil, nil)
  crypto.HMAC_Update(context, payload, #payload)
  crypto.HMAC_Final(context, digest, nil)
  return digest
end

local function signed(payload)
  return base64.encode_base64url(payload .. ffi.string(tag(payload), 16))
end

local function number(value)
  local bytes = {}
  for place = 8, 1, -1 do
    bytes[place] = char(value % 256)
    value = floor(value / 256)
  end
  return table.concat(bytes)
end

-- The waiting token of a ticket in µs.
function token.waiting(event, user, ticket)
  return signed('\1w' .. number(ticket) .. char(#event) .. event .. user)
end

-- The reservation token of an admission in µs.
function token.grant(event, user, admitted_at, seconds)
  return signed('\1g' .. number(admitted_at) .. number(seconds) .. char(#event) .. event .. user)
end

-- Event, user and ticket of a waiting token; nothing if it is not genuine.
function token.read(text)
  local bytes = base64.decode_base64url(text)
  if not bytes or #bytes < 28 then return end
  local payload = sub(bytes, 1, -17)
  if crypto.CRYPTO_memcmp(tag(payload), ffi.cast('const char *', bytes) + #payload, 16) ~= 0 then
    return
  end
  if byte(payload, 1) ~= 1 or byte(payload, 2) ~= 0x77 then return end
  local ticket = 0
  for place = 3, 10 do ticket = ticket * 256 + byte(payload, place) end
  local length = byte(payload, 11)
  return sub(payload, 12, 11 + length), sub(payload, 12 + length), ticket
end

return token
