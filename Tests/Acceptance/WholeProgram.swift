import Testing

/// The real usher with real Redis servers, seen from outside.
///
/// One test at a time: each starts processes that want the processor for themselves, and some watch
/// what happens as time passes.
@Suite("the whole program", .serialized, .tags(.acceptance), .selected)
enum WholeProgram {}
