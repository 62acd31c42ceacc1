import Testing

@testable import EmbeddedRedis

@Suite("TailRepair")
struct TailRepairTests {
  @Test(
    "a server's last words name the file that it cannot read",
    arguments: [
      (
        "Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup of "
          + "your AOF file, then use ./redis-check-aof --fix <filename.manifest>",
        "appendonly.aof.1.incr.aof"
      ),
      ("Bad file format reading the append only file : make", nil),
      ("Bad file format reading the append only file ../../etc/passwd: make", nil),
      ("Bad file format reading the append only file appendonly.aof", nil),
      ("Ready to accept connections", nil), ("", nil),
    ])
  func names(words: String, file: String?) {
    #expect(TailRepair.damagedFile(in: words) == file)
  }

  @Test(
    "the checker says up to where a file is good",
    arguments: [
      ("AOF analyzed: filename=a.aof, size=507, ok_up_to=107, ok_up_to_line=27, diff=400", 107),
      ("AOF analyzed: filename=b.aof, size=507, ok_up_to=107, ok_up_to_line=27, diff=400", nil),
      ("AOF analyzed: filename=a.aof, size=507, ok_up_to=x, ok_up_to_line=27, diff=400", nil),
      ("AOF analyzed: filename=a.aof, size=507", nil), ("AOF a.aof format error", nil), ("", nil),
    ])
  func analysis(line: String, goodBytes: Int64?) {
    #expect(TailRepair.goodBytes(of: "a.aof", in: line) == goodBytes)
  }
}
