"""Color queries: learned vectors that attend to the whole picture and to each other; each yields one feature map.

Kang et al., "DDColor" (2023), section 3.3: queries attend in turn to the features of several sizes, and to each other;
the product of a query with the features of every position is a map. So all positions of a picture share one palette.
Here the latent code shifts the queries, in groups.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEADS = 4
"""Number of attention heads, and number of groups of queries that the code shifts separately."""


class Attention(nn.Module):
    """Multi-head attention of queries to features, which may have another number of channels."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(channels, width)
        self.value = nn.Linear(channels, width)
        self.join = nn.Linear(width, width)

    def forward(self, queries: Tensor, features: Tensor) -> Tensor:
        """(B, K, width), (B, N, channels) -> (B, K, width)."""
        q, k, v = self.query(queries), self.key(features), self.value(features)
        q, k, v = (x.unflatten(2, (HEADS, -1)).transpose(1, 2) for x in (q, k, v))  # (B, HEADS, K or N, width / HEADS)
        seen = F.scaled_dot_product_attention(q, k, v)
        joined: Tensor = self.join(seen.transpose(1, 2).flatten(2))
        return joined


class QueryLayer(nn.Module):
    """Cross-attention to the picture, self-attention among the queries, then a feed-forward layer."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.look_norm, self.feature_norm = nn.LayerNorm(width), nn.LayerNorm(channels)
        self.look = Attention(width, channels)
        self.agree_norm = nn.LayerNorm(width)
        self.agree = Attention(width, width)
        self.think_norm = nn.LayerNorm(width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, queries: Tensor, features: Tensor) -> Tensor:
        """(B, K, width), (B, N, channels) -> (B, K, width)."""
        x = queries + self.look(self.look_norm(queries), self.feature_norm(features))
        y = self.agree_norm(x)
        x = x + self.agree(y, y)
        thought: Tensor = x + self.think(self.think_norm(x))
        return thought


class ColorQueries(nn.Module):
    """`count` queries of length `width`; layer k attends to features of `channels[k]` channels."""

    def __init__(self, count: int, width: int, code: int, channels: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.randn(count, width) * 0.5)
        self.move = nn.Linear(code, HEADS * width)
        nn.init.normal_(self.move.weight, std=0.02)
        nn.init.zeros_(self.move.bias)
        self.layers = nn.ModuleList(QueryLayer(width, c) for c in channels)
        self.read = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs))

    def forward(self, code: Tensor, features: tuple[Tensor, ...]) -> Tensor:
        """Code (B, code) and one feature map (B, C, h, w) per layer -> (B, count, outputs)."""
        moved = self.move(code).unflatten(1, (HEADS, -1))  # (B, HEADS, width)
        queries = self.start + moved.repeat_interleave(len(self.start) // HEADS, 1)  # (B, count, width)
        for layer, map_ in zip(self.layers, features, strict=True):
            queries = layer(queries, map_.flatten(2).transpose(1, 2))
        read: Tensor = self.read(queries)
        return read
