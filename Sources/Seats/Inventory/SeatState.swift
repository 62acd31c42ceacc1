/// What a seat can be.
package enum SeatState: String, CaseIterable, Sendable {
  case available
  case held
  case sold
}
