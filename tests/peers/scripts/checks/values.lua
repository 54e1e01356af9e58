-- Values of everything.idl's larger types.

local function shape(name, fill, points)
    local outline = {}
    for i = 1, points do outline[i] = { x = i - 1, y = 1 - i } end
    return { name = name, fill = fill, outline = outline,
        border = { corners = { { x = -1, y = -2 }, { x = 3, y = 4 } }, opacity = 255,
            scale = -0.1 } }
end

local function tree(label, depth, branches)
    local self = { label = label, branches = {} }
    for i = 1, depth > 0 and branches or 0 do
        self.branches[i] = tree("branch", depth - 1, branches)
    end
    return self
end

local function union(label, value)
    return { _switch = label, _value = value }
end

--- -n + (1 + 2.5)
local function expression(n)
    return union("+", { union("-", { union("n", n) }), union("n", 1.0), union("n", 2.5) })
end

return { shape = shape, tree = tree, union = union, expression = expression }
