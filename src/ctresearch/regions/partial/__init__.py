"""What is each country or study worth beside the others? Values drawn towards their mean as far as data leave open."""
