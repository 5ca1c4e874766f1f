using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace CodeEmbed.Onnx.Quantization;

/// <summary>The instructions with which the processor multiplies 8-bit integers.</summary>
/// <param name="Name">The name of the instructions.</param>
/// <param name="Signed">
///   Whether ONNX Runtime's product of uint8 and int8 is exact with them. Without such an instruction, an x64 processor adds
///   such products in 16 bits, which overflow; its products of uint8 and uint8 are exact, and slower.
/// </param>
internal sealed record Int8Instructions(string Name, bool Signed)
{
    /// <summary>The instructions on this processor, chosen as in ONNX Runtime: see platform.cpp in its MLAS.</summary>
    public static Int8Instructions Current { get; } = Find();

    private static Int8Instructions Find()
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            return new(
                Dp.IsSupported ? "the dot product instructions of Arm" : "NEON, which has no instruction for them", Signed: true);
        }

        if (!X86Base.IsSupported || !Avx2.IsSupported)
            return new("plain integer instructions", Signed: false);

        (_, _, int ecx, int edx) = X86Base.CpuId(7, 0);
        (int eax, _, _, _) = X86Base.CpuId(7, 1);
        bool hasAvx512 = Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512BW.VL.IsSupported;

        // ONNX Runtime's build for macOS does not use AMX, and macOS does not support it.
        const int tiles = 1 << 24, tileProducts = 1 << 25, vnni512 = 1 << 11, vnni256 = 1 << 4;
        if ((edx & tiles) != 0 && (edx & tileProducts) != 0 && hasAvx512 && !OperatingSystem.IsMacOS())
            return new("AMX", Signed: true);

        if (hasAvx512 && (ecx & vnni512) != 0)
            return new("AVX-512 VNNI", Signed: true);

        return (eax & vnni256) != 0
            ? new("AVX-VNNI", Signed: true)
            : new("AVX2, which has no instruction for them", Signed: false);
    }
}
