-- Sends the request heads of a file, `depth` of them in each write, in the order of the file and from
-- the start again. Everything is rendered before the run begins. If there is only one batch it becomes
-- wrk's static request, which wrk asks `wrk.format` for once, and Lua is not called again.
--
-- wrk asks for one batch before it connects, to count the requests in it, and does not send that one.
--
-- wrk ... -s batches.lua URL -- FILE DEPTH

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local all = file:read("*a")
  file:close()
  local depth = assert(tonumber(args[2]), "the depth is a number")

  local heads = {}
  for head in all:gmatch("(.-\r\n\r\n)") do
    heads[#heads + 1] = head
  end
  assert(#heads > 0, "the file holds no head")

  if #heads == 1 then
    local batch = heads[1]:rep(depth)
    wrk.format = function() return batch end
    return
  end

  local batches = {}
  for first = 1, #heads - depth + 1, depth do
    batches[#batches + 1] = table.concat(heads, "", first, first + depth - 1)
  end
  local count, at = #batches, 0
  function request()
    at = at % count + 1
    return batches[at]
  end
end
