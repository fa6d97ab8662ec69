/**
 * The kernel: what is done for every packet of a capture, as WebAssembly.
 *
 * It is written in AssemblyScript (`src/kernel`), which is compiled ahead: it runs at full speed from the first packet
 * on, where a loop in JavaScript is compiled while it runs, on the processors that the program has use for. It works on
 * tables that this side reads and writes, too; what it is to know of them it finds in the state.
 */
import bytes from 'vxtrace:kernel';
import type { PortTable } from '../decode/ports.ts';
import { LINKTYPE_ETHERNET } from '../wire/link-type.ts';
import type { GlancedFrames, Interfaces } from './glanced-frames.ts';
import { KNOWN_CHANNELS, STATE_AT, STATE_WORDS, State } from './state.ts';
import { kernelMemory, type SharedMemory, TableMemory } from './table-memory.ts';

/** What a thread needs to call a kernel that another thread made. */
export interface SharedKernel {
  /** The compiled `WebAssembly.Module`. */
  module: object;
  wasm: SharedMemory;
}

/** What the kernel does; see `src/kernel`. */
export interface KernelFunctions {
  glance(
    bytes: number,
    offsets: number,
    captured: number,
    originals: number,
    times: number,
    channels: number,
    count: number,
    rows: number,
    totals: number,
  ): void;
  observe(from: number): number;
  settle(): void;
}

let compiled: WebAssembly.Module | null = null;

export class Kernel {
  readonly shared: SharedKernel;
  readonly memory: TableMemory;
  readonly state: Int32Array;
  readonly functions: KernelFunctions;
  /** Interfaces that the kernel was told of. */
  private interfaces = 0;

  constructor(shared: SharedKernel) {
    const { module, wasm } = shared;
    this.shared = shared;
    this.memory = new TableMemory(wasm);
    this.state = new Int32Array(wasm.buffer, STATE_AT, STATE_WORDS);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: wasm } });
    this.functions = exports as unknown as KernelFunctions;
  }

  /**
   * A kernel with memory of its own, which takes a datagram to one of `ports` for what the table says. Null where there is
   * no WebAssembly, or no address space for its memory, of which 10 GB are set aside.
   */
  static start(ports: PortTable): Kernel | null {
    const wasm = typeof WebAssembly === 'undefined' ? null : kernelMemory();
    if (wasm === null) return null;
    compiled ??= new WebAssembly.Module(bytes);
    const kernel = new Kernel({ module: compiled, wasm });
    kernel.state[State.Ports] = kernel.memory.bytes(ports.length).byteOffset;
    kernel.state[State.EthernetChannels] = kernel.memory.bytes(KNOWN_CHANNELS).byteOffset;
    kernel.view(State.Ports, ports.length).set(ports);
    return kernel;
  }

  /** Makes the rows and the totals of the frames. Of `interfaces` it is known that their number grows when they change. */
  glance(frames: GlancedFrames, interfaces: Interfaces): void {
    if (interfaces.length !== this.interfaces) this.learn(interfaces);
    const { view, offset, captured, original, time, interfaceIndex, rows, totals } = frames;
    this.functions.glance(
      view.byteOffset,
      offset.byteOffset,
      captured.byteOffset,
      original.byteOffset,
      time.byteOffset,
      interfaceIndex.byteOffset,
      frames.count,
      rows.byteOffset,
      totals.byteOffset,
    );
  }

  private learn(interfaces: Interfaces): void {
    this.interfaces = interfaces.length;
    const isEthernet = this.view(State.EthernetChannels, KNOWN_CHANNELS);
    for (let i = 0; i < Math.min(interfaces.length, KNOWN_CHANNELS); i++) {
      isEthernet[i] = interfaces[i].linkType === LINKTYPE_ETHERNET ? 1 : 0;
    }
  }

  /** The bytes that a word of the state points at. */
  private view(position: State, length: number): Uint8Array {
    return new Uint8Array(this.shared.wasm.buffer, this.state[position], length);
  }
}
