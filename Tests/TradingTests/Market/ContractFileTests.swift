import Testing
import Trading

@Suite("Contract file")
struct ContractFileTests {
    static let header =
        "security_id,exchange_segment,instrument,symbol,underlying,expiry,strike,option_type,"
        + "lot_size,tick_size"
    static let call = "51460,NSE_FNO,OPTIDX,BN-59400-CE,BANKNIFTY,2025-12-30,59400,CE,35,0.05"

    @Test func `options, indices and everything else`() throws {
        let text = """
            \(Self.header)
            \(Self.call)

            25,IDX_I,INDEX,BANKNIFTY,,,,,,
            22377,NSE_EQ,EQUITY,MAXHEALTH,,,,,1,
            9,NSE_FNO,OPTSTK,BSE-2700-CE,BSE,2025-12-30,2700,CE,375.0,0.1

            """
        let texts = try ContractFile.parse(text).map(\.text)
        #expect(
            texts == [
                "NSE_FNO:51460|BN-59400-CE|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05|",
                "IDX_I:25|BANKNIFTY|BANKNIFTY|INDEX||||1|0.00|",
                "NSE_EQ:22377|MAXHEALTH|MAXHEALTH|OTHER||||1|0.00|",
                "NSE_FNO:9|BSE-2700-CE|BSE|OTHER||||375|0.10|",
            ])
    }

    @Test func `columns go by name, whatever their order and the line's end`() throws {
        let text =
            "note,freeze_quantity,tick_size,lot_size,option_type,strike,expiry,underlying,symbol,"
            + "instrument,exchange_segment,security_id\r\n"
            + "x,1756,0.05,65.0,PE,25650.5,2026-01-06,NIFTY,N-PE,OPTIDX,NSE_FNO,40\r\n"
        #expect(
            try ContractFile.parse(text).map(\.text) == [
                "NSE_FNO:40|N-PE|NIFTY|OPTION|2026-01-06|25650.50|PE|65|0.05|1756"
            ])
    }

    @Test(
        "What is wrong, and where",
        arguments: [
            // the field that stands in the call's row instead, and the error
            ("security_id", "", .emptyField),
            ("security_id", "5|1", .unreadable("5|1")),
            ("exchange_segment", "NSE_FO", .unreadable("NSE_FO")),
            ("exchange_segment", "", .emptyField),
            ("symbol", "", .emptyField),
            ("symbol", "BN|CE", .unreadable("BN|CE")),
            ("underlying", "", .emptyField),
            ("expiry", "30-12-2025", .unreadable("30-12-2025")),
            ("expiry", "", .emptyField),
            ("strike", "0", .unreadable("0")),
            ("strike", "-0.01", .unreadable("-0.01")),
            ("strike", "59400.123", .unreadable("59400.123")),
            ("option_type", "XX", .unreadable("XX")),
            ("lot_size", "", .emptyField),
            ("lot_size", "35.5", .unreadable("35.5")),
            ("lot_size", "0", .unreadable("0")),
            ("lot_size", "100000001", .unreadable("100000001")),
            ("strike", "5000000.01", .unreadable("5000000.01")),
            ("tick_size", "5000000.01", .unreadable("5000000.01")),
            ("tick_size", "5 paise", .unreadable("5 paise")),
            ("tick_size", "", .emptyField),
        ] as [(String, String, ContractFileError.Problem)]
    )
    func broken(column: String, text: String, problem: ContractFileError.Problem) throws {
        let names = Self.header.split(separator: ",").map(String.init)
        var fields = Self.call.split(separator: ",").map(String.init)
        fields[try #require(names.firstIndex(of: column))] = text
        let file = "\(Self.header)\n\(Self.call)\n\(fields.joined(separator: ","))"
        #expect(throws: ContractFileError(line: 3, column: column, problem: problem)) {
            try ContractFile.parse(file)
        }
    }

    @Test func `a broken shape`() {
        #expect(throws: ContractFileError(line: 1, column: "strike", problem: .missingColumn)) {
            try ContractFile.parse(
                "security_id,exchange_segment,instrument,symbol,underlying,expiry,option_type")
        }
        #expect(throws: ContractFileError(line: 1, column: "security_id", problem: .missingColumn))
        {
            try ContractFile.parse("\n\n")
        }
        let short = ContractFileError.Problem.wrongFieldCount(expected: 10, found: 2)
        #expect(throws: ContractFileError(line: 3, column: nil, problem: short)) {
            try ContractFile.parse("\(Self.header)\n\(Self.call)\n1,NSE_FNO")
        }
        let twice = ContractFileError.Problem.duplicateSecurity("NSE_FNO:51460")
        #expect(throws: ContractFileError(line: 3, column: "security_id", problem: twice)) {
            try ContractFile.parse("\(Self.header)\n\(Self.call)\n\(Self.call)")
        }
    }

    @Test func `an error names its place for a person`() {
        let error = ContractFileError(line: 7, column: "expiry", problem: .unreadable("soon"))
        #expect(error.description == "line 7, column expiry: can't read \"soon\"")
    }
}
