import ArgumentParser
import Logging

extension RunOptions {
    func logger() throws -> Logger { try squareoff.logger(level: logLevel) }
}

/// To standard error, so that standard output stays the report's.
func logger(level name: String) throws -> Logger {
    guard let level = Logger.Level(rawValue: name) else {
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--log-level: '\(name)' is none of \(levels)")
    }
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "squareoff")
    logger.logLevel = level
    return logger
}
