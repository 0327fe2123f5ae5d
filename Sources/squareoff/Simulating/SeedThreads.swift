import Foundation

/// Threads that do the same until there is nothing left to do.
final class SeedThreads: Sendable {
    private let all = DispatchGroup()

    init(_ count: Int, _ work: @escaping @Sendable () -> Void) {
        for number in 0..<count {
            all.enter()
            let thread = Thread { [all] in
                work()
                all.leave()
            }
            thread.name = "seeds-\(number)"
            // A frozen worker's turn stands on the stack while the others go on.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Whether all have ended by then.
    func join(within seconds: Double) -> Bool { all.wait(timeout: .now() + seconds) == .success }
}
