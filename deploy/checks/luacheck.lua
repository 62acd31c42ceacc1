-- What luacheck holds the scripts to, each composed as Redis gets it: the names that Redis 7 gives to
-- scripts, as far as ours use them, and none of their own.
std = {
  read_globals = {
    'ARGV', 'KEYS', 'ipairs', 'next', 'tonumber', 'type', 'unpack',
    math = { fields = { 'abs', 'ceil', 'exp', 'floor', 'huge', 'log', 'max', 'min' } },
    redis = { fields = { 'call', 'pcall' } },
    string = { fields = { 'format', 'match', 'sub' } },
    table = { fields = { 'concat', 'sort' } },
  },
}
max_line_length = 100
