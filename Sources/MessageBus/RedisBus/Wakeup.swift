import Glibc

/// A pipe: the one thing of a session that other threads touch. Readable from `wake()` until the
/// session has noticed.
final class Wakeup: BusInterrupt {
    let descriptor: Int32
    private let input: Int32

    init() throws(BusError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .retry("pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, input) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(input)
    }

    func wake() {
        // A full pipe is as readable as can be.
        var byte: UInt8 = 1
        _ = write(input, &byte, 1)
    }

    /// Whether somebody called since the last time.
    func wasCalled() -> Bool {
        var bytes: (UInt64, UInt64) = (0, 0)
        var hasBeen = false
        while read(descriptor, &bytes, 16) > 0 { hasBeen = true }
        return hasBeen
    }
}
