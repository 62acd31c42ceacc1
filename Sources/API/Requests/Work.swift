/// What a request does to the work that is there. What goes first when there is too much comes
/// first here.
enum Work: Int, CaseIterable {
  /// It is a part of what was started.
  case finishing
  /// It brings more of it.
  case starting
}
