-- Put before what works with the bytes of a value. A value with a type, or whose bytes are no UTF-8, is kept as text behind
-- a mark: NUL and the head of a `data:` URL, as kept-value.ts has it.
local MARK = '\0data:'
-- The type of bytes of which nobody said what they are.
local ANY_BYTES = 'application/octet-stream'
local DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

-- Bytes that are encoded here at most: Lua takes half a microsecond for each, and Redis serves no one else meanwhile.
local MOST_ENCODED = 1024

-- Base64 of bytes, with its padding.
local function base64_of(bytes)
  local digit, groups = {}, {}
  for index = 0, 63 do
    digit[index] = string.sub(DIGITS, index + 1, index + 1)
  end
  for at = 1, #bytes, 3 do
    local a, b, c = string.byte(bytes, at, at + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    groups[#groups + 1] = digit[math.floor(bits / 262144)]
      .. digit[math.floor(bits / 4096) % 64]
      .. (b and digit[math.floor(bits / 64) % 64] or '=')
      .. (c and digit[bits % 64] or '=')
  end
  return table.concat(groups)
end

-- The Base64 of the bytes that another Base64 stands for, with more bytes behind them. Only its last group changes, however
-- long it is.
local function base64_with(base64, more)
  local padding = string.sub(base64, -2) == '==' and 2 or string.sub(base64, -1) == '=' and 1 or 0
  if padding == 0 then
    return base64 .. base64_of(more)
  end
  local bits = 0
  for digit in string.gmatch(string.sub(base64, -4, -1 - padding), '.') do
    bits = bits * 64 + string.find(DIGITS, digit, 1, true) - 1
  end
  local left = padding == 2 and string.char(math.floor(bits / 16))
    or string.char(math.floor(bits / 1024), math.floor(bits / 4) % 256)
  return string.sub(base64, 1, -5) .. base64_of(left .. more)
end

-- The parts of a kept text: the head with its mark, '' for a text that is itself the value; what is behind it; whether that
-- is Base64; the type, '' for none.
local function parts_of(kept)
  local head, kind, body = string.match(kept, '^(%zdata:([^,]*),)(.*)$')
  if not head then
    return '', kept, false, ''
  end
  local media_type, encodings = string.gsub(kind, ';base64$', '')
  if media_type ~= '' and not string.find(media_type, "^[%w!#$%%&'*+.^_`|~-]+/[%w!#$%%&'*+.^_`|~-]+") then
    return '', kept, false, ''
  end
  return head, body, encodings == 1, media_type
end

-- The text to keep of the value that a kept one stands for, with more bytes behind it, and the same type.
-- is_text: whether those are UTF-8, so that text stays text
-- Returns nil where that would take too long
local function with_more(kept, more, is_text)
  local head, body, base64, media_type = parts_of(kept)
  if (base64 and #more or is_text and 0 or #body + #more) > MOST_ENCODED then
    return nil
  end
  if base64 then
    return head .. base64_with(body, more)
  end
  if not is_text then
    return MARK .. (media_type == '' and ANY_BYTES or media_type) .. ';base64,' .. base64_of(body .. more)
  end
  local text = head .. body .. more
  -- A text of someone's own that begins as a mark does is kept behind one.
  return head == '' and string.sub(text, 1, #MARK) == MARK and MARK .. ',' .. text or text
end
