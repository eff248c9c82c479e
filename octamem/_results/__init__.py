"""What the results are made of: fields that take what comes, the HTTP answer behind them, and how they are shown."""
