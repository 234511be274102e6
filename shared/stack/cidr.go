package stack

import (
	"math/big"
	"net/netip"
	"strconv"
)

// cidr is Fn::Cidr: count blocks of 2^bits addresses each.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
func (e *evaluator) cidr(arg *node) (any, error) {
	items, err := args("Fn::Cidr", arg, 2, 3)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], err = e.evalText(item, "Fn::Cidr"); err != nil {
			return nil, err
		}
		if HasUnknown(texts[i]) {
			return &partial{rest: e.named(arg, "Cidr of "+texts[i], "an address block or count is not known")}, nil
		}
	}
	if len(items) == 2 {
		return &partial{rest: e.named(arg, "Cidr of "+texts[0], "the number of subnet bits is not given")}, nil
	}
	block, err := netip.ParsePrefix(texts[0])
	if err != nil {
		return nil, errorAt(items[0], "Fn::Cidr wants an address block, found %q", texts[0])
	}
	count, err := strconv.Atoi(texts[1])
	if err != nil || count < 1 || count > 256 {
		return nil, errorAt(items[1], "Fn::Cidr's count is 1 to 256, found %q", texts[1])
	}
	bits, err := strconv.Atoi(texts[2])
	length := block.Addr().BitLen() - bits
	if err != nil || bits < 1 || length < block.Bits() {
		return nil, errorAt(items[2], "Fn::Cidr's subnet bits do not fit the block, found %q", texts[2])
	}
	block = block.Masked()
	if room := length - block.Bits(); room < 9 && count > 1<<room {
		return nil, errorAt(items[1], "Fn::Cidr's block holds %d subnets of that size, not %d", 1<<room, count)
	}
	base := new(big.Int).SetBytes(block.Addr().AsSlice())
	out := make([]any, count)
	for i := range out {
		at := new(big.Int).Lsh(big.NewInt(int64(i)), uint(bits))
		raw := at.Add(at, base).FillBytes(make([]byte, block.Addr().BitLen()/8))
		addr, _ := netip.AddrFromSlice(raw)
		out[i] = netip.PrefixFrom(addr, length).String()
	}
	return out, nil
}
