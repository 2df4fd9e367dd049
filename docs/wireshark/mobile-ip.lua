-- Mobile IP registrations for Wireshark and tshark: extensions in the long form of RFC 5944, section 1.11, with a length of two bytes,
-- are read as such. Wireshark 4's own dissector reads them in the short form, gets out of step and calls the packet malformed. Here
-- they are taken out and shown, and all the rest goes to Wireshark's dissector as it came.

local long_form = {
  [40] = 'MN-FA Key Generation Nonce Request',
  [41] = 'MN-FA Key Generation Nonce Reply',
  [42] = 'MN-HA Key Generation Nonce Request',
  [43] = 'MN-HA Key Generation Nonce Reply',
  [48] = 'GRE Key',
  [139] = 'Dynamic Home Agent',
}
local generalized_authentication = 36
local padding = 0

-- Bytes before the extensions, by message type. Binding messages of the route optimization draft are unknown to Wireshark.
local fixed_part = { [1] = 24, [3] = 20 }
local binding_messages =
  { [16] = 'Binding Warning', [17] = 'Binding Request', [18] = 'Binding Update', [19] = 'Binding Acknowledge' }

local proto = Proto('mip_long', 'Mobile IP extensions in the long form')
local fields = {
  type = ProtoField.uint8('mip_long.type', 'Extension Type'),
  subtype = ProtoField.uint8('mip_long.subtype', 'Subtype'),
  length = ProtoField.uint16('mip_long.length', 'Length'),
  data = ProtoField.bytes('mip_long.data', 'Data'),
  message = ProtoField.uint8('mip_long.message', 'Message Type'),
}
proto.fields = fields
local beyond = ProtoExpert.new('mip_long.beyond', 'An extension ends after the message', expert.group.MALFORMED,
  expert.severity.ERROR)
proto.experts = { beyond }

local builtin = Dissector.get('mip')

local function length_at(buffer, at)
  local type = buffer(at, 1):uint()
  if type == padding then return 1 end
  local long = long_form[type] or type == generalized_authentication
  local head = long and 4 or 2
  if at + head > buffer:len() then return nil end
  return head + (long and buffer(at + 2, 2):uint() or buffer(at + 1, 1):uint())
end

function proto.dissector(buffer, pinfo, tree)
  local type = buffer(0, 1):uint()
  if binding_messages[type] then
    pinfo.cols.protocol = 'MobileIP'
    pinfo.cols.info = binding_messages[type]
    local shown = tree:add(proto, buffer(), 'Mobile IP ' .. binding_messages[type])
    shown:add(fields.message, buffer(0, 1))
    shown:add(fields.data, buffer())
    return buffer:len()
  end
  local at = fixed_part[type]
  -- A capture that cut the packet off tells nothing about its extensions.
  if not at or buffer:len() < buffer:reported_len() then return builtin:call(buffer, pinfo, tree) end

  local rest = buffer:bytes(0, math.min(at, buffer:len()))
  local taken = {}
  while at < buffer:len() do
    local length = length_at(buffer, at)
    if not length or at + length > buffer:len() then
      tree:add_proto_expert_info(beyond)
      break
    end
    local extension = buffer(at, length)
    local kind = extension(0, 1):uint()
    if long_form[kind] then
      table.insert(taken, extension)
    elseif kind ~= padding then
      rest:append(extension:bytes())
    end
    at = at + length
  end
  if #taken == 0 then return builtin:call(buffer, pinfo, tree) end

  builtin:call(rest:tvb('Mobile IP without extensions in the long form'), pinfo, tree)
  for _, extension in ipairs(taken) do
    local name = long_form[extension(0, 1):uint()]
    local shown = tree:add(proto, extension, 'Extension: ' .. name)
    shown:add(fields.type, extension(0, 1))
    shown:add(fields.subtype, extension(1, 1))
    shown:add(fields.length, extension(2, 2))
    shown:add(fields.data, extension(4))
  end
  return buffer:len()
end

DissectorTable.get('udp.port'):set(434, proto)
