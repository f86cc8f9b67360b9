/** Sums of prices carry the noise of binary fractions; a ten-thousandth of a cent is as fine as prices are. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}

/** As many whole ten-thousandths of a cent as there are, for what may still be spent: noise below 0.2 does not make it 0.199999. */
export function floorUsd(usd: number): number {
  return Math.floor(usd * 1e6 + 1e-6) / 1e6
}
