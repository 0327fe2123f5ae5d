import ArgumentParser
import Logging

extension RunOptions {
    /// To standard error, so that standard output stays the report's.
    func logger(_ label: String = "squareoff") throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level: '\(logLevel)' is none of \(levels)")
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: label)
        logger.logLevel = level
        return logger
    }
}
