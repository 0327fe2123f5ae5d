import Foundation
import Glibc

/// What ties child processes to this one: their standard input ends when it ends, however it ends.
final class Lifeline {
    private let pipe = Pipe()

    /// Starts this program again.
    ///
    /// - Parameter output: where its standard output goes; nil for nowhere.
    func start(_ arguments: [String], output: Pipe? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = pipe.fileHandleForReading
        process.standardOutput = output ?? FileHandle.nullDevice as Any
        try process.run()
        return process
    }

    /// Of a child: returns when its parent is gone.
    static func wait() {
        var byte: UInt8 = 0
        while read(0, &byte, 1) > 0 || errno == EINTR { continue }
    }
}
