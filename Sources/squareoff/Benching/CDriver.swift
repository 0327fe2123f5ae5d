import ArgumentParser
import Foundation
import Glibc

/// A program in C that does the same work on the same server, and prints what it took.
struct CDriver {
    let path: String
    /// In front of every run's own words: the socket, and what else the program wants first.
    let words: [String]

    struct Figures {
        fileprivate let text: String

        /// The number behind `name=`.
        func value(_ name: String) -> Double? {
            guard let place = text.firstRange(of: " \(name)=") else { return nil }
            return Double(text[place.upperBound...].prefix { $0.isNumber || $0 == "." })
        }

        /// The number in front of `msg/s`.
        var rate: Double? {
            text.firstRange(of: " msg/s").flatMap {
                text[..<$0.lowerBound].split(separator: " ").last.flatMap { Double($0) }
            }
        }
    }

    func run(_ own: [String]) throws -> Figures {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = words + own
        process.standardOutput = output
        // A child inherits the mask of its parent's thread, and Swift's pool blocks SIGTERM, by
        // which such a program ends its own children.
        var none = sigset_t()
        var usual = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &usual)
        defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(path) \(own.joined(separator: " ")) failed")
        }
        return Figures(text: " " + String(decoding: data, as: UTF8.self))
    }
}
