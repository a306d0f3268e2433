package journal

func childCluster() {}
