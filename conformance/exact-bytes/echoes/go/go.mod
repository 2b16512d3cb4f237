module bailiff.dev/conformance/echo

go 1.21
