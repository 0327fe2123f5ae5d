import Foundation
import Testing

extension PipelineTests {
    @Suite struct `the bus under load while its workers die` {
        private struct Report: Decodable {
            var sent: Int
            var arrived: Int
            var missing: [Int]
            var doubled: [Int]
            var miscounted: [String]
            var killed: Int
        }

        @Test(arguments: [1] as [UInt64])
        func `no number is lost or counted twice`(seed: UInt64) throws {
            let folder = try Folder()
            let json = "\(folder.path)/soak.json"
            let program = try Program(
                [
                    "soak", "--minutes", "0.2", "--rate", "1000", "--seed", "\(seed)", "--json",
                    json,
                ], in: folder.path)
            #expect(try program.end() == 0, "\(program.output)\(program.errors)")
            let data = try Data(contentsOf: URL(filePath: json))
            let report = try JSONDecoder().decode(Report.self, from: data)
            #expect(report.sent == 12_000 && report.arrived == 12_000)
            #expect(report.missing == [] && report.doubled == [] && report.miscounted == [])
            #expect(report.killed >= 10)
        }
    }
}
